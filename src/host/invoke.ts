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
import { readSights } from '../core/sight.ts'
import { makeHttpClient } from '../outbound/http.ts'
import { makeLimitedFetch } from '../outbound/limited-fetch.ts'
import { retryRead } from '../outbound/retry.ts'
import { makeClientTokens } from './client-tokens.ts'
import {
  makeDeprovisionContext,
  makeHasContext,
  makeProvisionContext,
  makeQuestionContext,
  type RequestCall,
} from './context.ts'
import { type GivenRequest, samplePerson, sampleRequest } from './sample.ts'

export type { GivenRequest }

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

/** The person it is about. A grant always has one; access may be taken from a person unknown; a question has none. */
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
  /**
   * The methods that the test foresees; a call of another one fails. Left out altogether: the hub's own client, without
   * its guard against addresses inside.
   */
  http?: Partial<HttpClient>
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
  assertHas(connector, kind)
  const { now = systemClock.now, log = silentLog, signal = AbortSignal.timeout(budgetSeconds * 1000) } = options
  const config = configOf(connector, options.config ?? {})
  const { fetch = makeLimitedFetch({ timeoutSeconds: budgetSeconds }) } = options
  const client =
    options.client ??
    (await connector.connect?.({
      id: connector.id,
      config,
      fetch,
      retry: retryRead,
      tokens: makeClientTokens(connector),
      log,
    }))
  const given = options.http && foresee(options.http)
  const http = given ? () => given : makeHttpClient({ timeoutSeconds: budgetSeconds, clock: { now } })
  const sample = sampleRequest(connector, { given: asked.request ?? {}, config, now })
  const call = {
    installed: { connector, config, http, log },
    clock: { now },
    signal,
    attempt: 1,
    idempotencyKey: 'dlv_sample',
    asked: sample,
    deadline: new Date(now().getTime() + budgetSeconds * 1000).toISOString(),
  }
  const person = samplePerson({ subject: sample.subject, given: asked.person ?? {}, now })
  return (await callHandler(kind, { ...call, person, isKnown: asked.person !== null }, client)) as Answers[K]
}

/** Makes a whole client of the methods given: a call that the test does not foresee fails, and never leaves the machine. */
function foresee(given: Partial<HttpClient>): HttpClient {
  const refuse = (method: keyof HttpClient) => async (url: string) => {
    throw new UsageError({
      what: `The handler called http.${method}(${JSON.stringify(url)}).`,
      why: `The http given to invoke has ${Object.keys(given).join(', ') || 'no method'} alone.`,
      fix: `Give it "${method}" too, if the handler is to call it.`,
    })
  }
  const refusing = { get: refuse('get'), post: refuse('post'), put: refuse('put'), patch: refuse('patch') }
  return { ...refusing, delete: refuse('delete'), ...given }
}

function assertHas(connector: Connector, kind: InvokedKind): void {
  if (connector[kind] !== undefined) return
  const has = [...inlineKinds, 'has' as const].filter((one) => connector[one] !== undefined)
  throw new UsageError({
    what: `The connector ${connector.id} has no handler "${kind}".`,
    why: has.length > 0 ? `It has: ${has.join(', ')}.` : 'It has none of an access request at all.',
    fix: `Declare "${kind}" in it, or invoke another one.`,
  })
}

type Invocation = RequestCall & {
  person: Person
  /** False: the authority knows nobody with this e-mail. */
  isKnown: boolean
}

async function callHandler(kind: InvokedKind, call: Invocation, client: unknown): Promise<unknown> {
  const { connector } = call.installed
  switch (kind) {
    case 'provision':
      return connector.provision?.(makeProvisionContext(call)(client))
    case 'deprovision':
      return connector.deprovision?.(makeDeprovisionContext(orNobody(call))(client))
    case 'has': {
      const context = makeHasContext(orNobody(call))(client)
      const asked = context.request.permissions.map(({ target }) => target)
      return readSights(await connector.has?.(context), asked)?.had ?? null
    }
    case 'preapprove':
    case 'validate':
      return connector[kind]?.(makeQuestionContext(kind, call)(client))
  }
}

function orNobody(call: Invocation) {
  return { ...call, person: call.isKnown ? call.person : null }
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
