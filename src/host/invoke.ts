import type { z } from 'zod'
import { type InlineKind, inlineKinds, type Preapproval, type Validation } from '../core/access.ts'
import { systemClock } from '../core/clock.ts'
import type { Connector } from '../core/connector.ts'
import { UsageError } from '../core/errors.ts'
import type { HttpClient } from '../core/http-client.ts'
import { type Log, silentLog } from '../core/log.ts'
import type { Person } from '../core/person.ts'
import type { Settings } from '../core/settings.ts'
import { requireSettings } from '../core/settings.ts'
import { makeHttpClient } from '../outbound/http.ts'
import { makeLimitedFetch } from '../outbound/limited-fetch.ts'
import { retryRead } from '../outbound/retry.ts'
import { type GivenRequest, samplePerson, sampleRequest } from './sample-request.ts'

export type { GivenRequest } from './sample-request.ts'

/** The handlers that a request reaches: the four kinds, and what reads back. */
export type InvokedKind = InlineKind | 'has'

type Kinds<T> = Extract<keyof T, InvokedKind>

type Answers = {
  provision: unknown
  deprovision: unknown
  preapprove: Preapproval
  validate: Validation
  has: string[]
}

/** Whom it is about. Who is given access is always somebody; access may be taken from somebody unknown; a question needs nobody. */
type GivenPerson<K extends InvokedKind> = K extends 'provision'
  ? { person?: Partial<Person> }
  : K extends 'deprovision' | 'has'
    ? { person?: Partial<Person> | null }
    : { person?: never }

type InputOf<T> = T extends { config?: infer C } ? (C extends Settings ? z.input<C> : unknown) : unknown

type RequiredTexts<I> = { [P in keyof I as undefined extends I[P] ? never : P]: string }
type OptionalTexts<I> = { [P in keyof I as undefined extends I[P] ? P : never]?: string }

/** The settings as the environment holds them: texts, of which the required ones must be there. */
type Texts<I> = unknown extends I ? Readonly<Record<string, string>> : RequiredTexts<I> & OptionalTexts<I>

type GivenConfig<T> =
  Record<never, string> extends Texts<InputOf<T>> ? { config?: Texts<InputOf<T>> } : { config: Texts<InputOf<T>> }

type ClientOf<T> = T extends { connect?: infer Connect }
  ? Connect extends (context: never) => infer Client
    ? Awaited<Client>
    : unknown
  : unknown

export type InvokeOptions<T> = GivenConfig<T> & {
  /** Left out: the hub's own client, without its guard against addresses inside. */
  http?: HttpClient
  /** Left out: what `connect` returns, if the connector has it. */
  client?: ClientOf<T>
  /** What `connect` gets: for a vendor's SDK. */
  fetch?: typeof fetch
  /** Left out: it aborts when the 12 seconds of an inline call are over. */
  signal?: AbortSignal
  now?: () => Date
  log?: Log
}

const budgetSeconds = 12

/**
 * Calls one handler as the hub would, with neither server nor database: settings and fields are parsed, `connect` is
 * called. What the request leaves out is filled with harmless samples. It judges nothing itself: who may be let in is
 * the hub's part.
 * @throws UsageError when the settings are wrong (all of it in one text), or when there is no such handler
 * @throws PermanentError when fields do not fit the schema (but for `deprovision` and `has`), or the allow-list lacks
 * what is asked for; and whatever the handler throws
 * @example await invoke(badge, 'validate', { request: { fields: { floor: '9' } } }, { config: { BADGE_URL: url } })
 */
export async function invoke<T extends Connector, K extends Kinds<T>>(
  connector: T,
  kind: K,
  asked: { request?: GivenRequest } & GivenPerson<K>,
  options: InvokeOptions<T>,
): Promise<Answers[K]> {
  const handler = handlerOf(connector, kind)
  const { now = systemClock.now, log = silentLog, signal = AbortSignal.timeout(budgetSeconds * 1000) } = options
  const config = configOf(connector, options.config ?? {})
  const { fetch = makeLimitedFetch({ timeoutSeconds: budgetSeconds }) } = options
  const client =
    options.client ?? (await connector.connect?.({ id: connector.id, config, fetch, retry: retryRead, log }))
  const idempotencyKey = 'dlv_sample'
  const http =
    options.http ?? makeHttpClient({ timeoutSeconds: budgetSeconds, clock: { now } })({ signal, idempotencyKey })
  const fields = kind === 'deprovision' || kind === 'has' ? 'loose' : 'strict'
  const request = await sampleRequest(connector, { given: asked.request ?? {}, config, now, fields })
  const given = asked.person === null ? null : samplePerson({ request, given: asked.person ?? {}, now })
  const person = kind === 'preapprove' || kind === 'validate' ? {} : { person: given }
  const startedAt = now().getTime()
  const timeLeftSeconds = () => Math.max(budgetSeconds - (now().getTime() - startedAt) / 1000, 0)
  const run = { signal, attempt: 1, idempotencyKey, log, now, timeLeftSeconds }
  return (await handler({ ...run, ...person, request, client, config, http })) as Answers[K]
}

function handlerOf(connector: Connector, kind: InvokedKind): (context: object) => unknown {
  const handler = connector[kind]
  if (handler !== undefined) return handler as (context: object) => unknown
  const has = [...inlineKinds, 'has' as const].filter((one) => connector[one] !== undefined)
  throw new UsageError({
    what: `The connector ${connector.id} has no handler "${kind}".`,
    why: has.length > 0 ? `It has: ${has.join(', ')}.` : 'It has none of an access request at all.',
    fix: `Declare "${kind}" in it, or invoke another one.`,
  })
}

function configOf(connector: Connector, given: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  if (connector.config === undefined) return {}
  const read = requireSettings(connector.config, given)
  if ('value' in read) return read.value
  // A test shows the message alone, so that everything stands in it.
  const problems = read.problems.map(({ setting, what }) => `${setting} ${what}`)
  throw new UsageError({
    what: `The settings of ${connector.id} are not right: ${problems.join('; ')}.`,
    why: 'They are parsed as at the start of the hub.',
    fix: read.problems.map(({ setting, fix }) => `${setting}: ${fix}`).join(' '),
  })
}
