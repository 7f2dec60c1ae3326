import type { Clock } from '../../src/core/clock.ts'
import type { AccessRequest, HttpClient, Log, Person } from '../../src/index.ts'
import { makeHttpClient } from '../../src/outbound/http.ts'
import { makeSendByGot } from '../../src/outbound/send-by-got.ts'

export const adaEmail = 'ada.kern@acme.example'

/** What the hub's log was told, for a test to read. */
export type LogLines = { level: string; facts: Record<string, unknown>; message: string }[]

/** What every inline handler gets beside its client and its config. */
type InlineContext = {
  http: HttpClient
  signal: AbortSignal
  attempt: number
  idempotencyKey: string
  log: Log
  now: () => Date
  request: AccessRequest
  timeLeftSeconds: () => number
}

type Given = { targets: readonly string[]; email?: string; signal?: AbortSignal; lines?: LogLines; names?: boolean }

/** The context of one inline call, with the hub's own HTTP client: over real HTTP. */
export function inlineContext({ targets, email = adaEmail, signal, lines = [], names = true }: Given): InlineContext {
  const clock: Clock = { now: () => new Date() }
  const run = { signal: signal ?? new AbortController().signal, idempotencyKey: 'dlv_1' }
  const say = (level: string) => (facts: Record<string, unknown>, message: string) =>
    void lines.push({ level, facts, message })
  return {
    ...run,
    http: makeHttpClient({ timeoutSeconds: 2, send: makeSendByGot(), clock })(run),
    attempt: 1,
    log: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
    now: () => new Date(),
    request: {
      subject: { email, givenName: names ? 'Ada' : null, familyName: names ? 'Kern' : null },
      application: { id: 'app_1', instanceId: null, label: 'An application' },
      permissions: targets.map((target, at) => ({ value: `perm_${at}`, label: target, source: 'MANUAL', target })),
      accessLengthSeconds: null,
      until: null,
      comment: null,
      taskUrl: 'https://lumos.example/task/1',
      fields: undefined,
    },
    timeLeftSeconds: () => 12,
  }
}

/** A person whom the authority knows and lets in. */
export function knownPerson({
  emails = [adaEmail],
  logins = [],
}: {
  emails?: string[]
  logins?: string[]
} = {}): Person {
  const authorityId = '00u1ada00000000000x7'
  const state = {
    authorityId,
    status: 'ACTIVE',
    access: 'allow' as const,
    statusChangedAt: null,
    emails,
    logins,
    readAt: '2026-08-01T10:00:00.500Z',
  }
  return {
    id: 'per_1',
    source: 'okta',
    authorityId,
    state,
    emails: emails.map((email) => email.toLowerCase()),
    spellings: emails,
    logins,
    links: [],
    adopted: [],
    othersHolding: async () => [],
    stateOfOther: async () => null,
  }
}

/** What something threw; undefined when it threw nothing. */
export function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A secret must not come to light in an error, its causes and properties included. */
export function everythingIn(error: unknown): string {
  const seen = new Set<unknown>()
  const texts: string[] = []
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value)
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    for (const key of Reflect.ownKeys(value)) visit(Reflect.get(value, key))
  }
  visit(error)
  return texts.join('\n')
}
