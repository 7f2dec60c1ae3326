import {
  CredentialError,
  isRecord,
  MissingRightError,
  PermanentError,
  RetryAfterError,
  retryAfterSeconds,
  secondsUntilReset,
} from '../../../src/index.ts'

/** What was tried when Auth0 refused: the same 403 means something else on revoking than on reading. */
export type Doing =
  | 'read a user'
  | 'search users'
  | 'write a user'
  | 'revoke access'
  | 'read connections'
  | 'read roles'
  | 'read organizations'
  | 'write access'
  | 'read Actions'
  | 'write Actions'

/** A right that is missing here alone must not pause the connector: people could not be locked out any more. */
const beyondLockouts: ReadonlySet<Doing> = new Set([
  'revoke access',
  'read roles',
  'read organizations',
  'write access',
])

/** Auth0's answer as its SDK throws it. Read by shape, so that the SDK need not be loaded to recognise it. */
type Refusal = { statusCode: number; headers: Headers | undefined; words: string; code: string; isToken: boolean }

/**
 * Puts the SDK's errors into the hub's words. A network fault comes back as it was before the SDK wrapped it, because
 * the retries inside an attempt recognise it by that. No message carries a token: Auth0's own words are capped, and
 * nothing of the request is repeated.
 */
export function toHubError(thrown: unknown, doing: Doing): unknown {
  const refusal = refusalOf(thrown)
  if (!refusal) return unwrap(thrown)
  const { statusCode, words, isToken } = refusal
  const message = `Auth0 answered ${statusCode} to "${isToken ? 'get a token' : doing}"${words && `: ${words}`}`

  if (statusCode === 429) return tooMany(message, refusal)
  if (isToken && statusCode >= 400 && statusCode < 500 && statusCode !== 408) return new CredentialError(message)
  if (statusCode === 401) return new CredentialError(message)
  if (statusCode === 403 && isMissingScope(refusal)) {
    return beyondLockouts.has(doing) ? new MissingRightError(message) : new CredentialError(message)
  }
  if (statusCode === 400 || (statusCode === 409 && doing === 'write access')) return new PermanentError(message)
  return new Error(message)
}

/** The status of Auth0's answer, when there was one. */
export function statusOf(thrown: unknown): number | undefined {
  return refusalOf(thrown)?.statusCode
}

/** A 403 for a scope that the application was never granted, as against a plan that lacks the feature. */
export function isScopeRefusal(thrown: unknown): boolean {
  const refusal = refusalOf(thrown)
  return refusal !== undefined && refusal.statusCode === 403 && isMissingScope(refusal)
}

/** Seconds until a 429 is over; null when Auth0 does not say. */
export function resetSeconds(headers: Headers): number | null {
  return retryAfterSeconds(headers) ?? secondsUntilReset(headers, 'x-ratelimit-reset')
}

function tooMany(message: string, { headers }: Refusal): Error {
  const seconds = headers ? resetSeconds(headers) : null
  return seconds === null ? new Error(message) : new RetryAfterError(message, { retryAfterSeconds: seconds })
}

function isMissingScope({ code, words }: Refusal): boolean {
  return code === 'insufficient_scope' || /insufficient scope/i.test(words)
}

function refusalOf(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number') return undefined
  const body = 'body' in thrown && isRecord(thrown.body) ? thrown.body : {}
  const raw = 'rawResponse' in thrown && isRecord(thrown.rawResponse) ? thrown.rawResponse : {}
  return {
    statusCode: thrown.statusCode,
    headers: raw.headers instanceof Headers ? raw.headers : undefined,
    code: firstText(body.errorCode, body.error),
    words: firstText(body.message, body.error_description, body.error),
    isToken: thrown.message.includes('token request'),
  }
}

function firstText(...values: unknown[]): string {
  return values.find((value): value is string => typeof value === 'string' && value !== '')?.slice(0, 200) ?? ''
}

/** The SDK hides what really happened in the cause: a cut connection, the hub's own time limit, a lost lease. */
function unwrap(thrown: unknown): unknown {
  const isWrapper = thrown instanceof Error && thrown.name.startsWith('Management')
  return isWrapper && thrown.cause instanceof Error ? thrown.cause : thrown
}

/** Makes a call of the SDK and puts its errors into the hub's words. */
export async function inHubWords<T>(doing: Doing, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toHubError(error, doing)
  }
}

/** For `.catch()`: a 404 is an answer here. */
export function nullWhenGone(error: unknown): null {
  if (statusOf(error) === 404) return null
  throw error
}

/** The SDK's request option that ends a call with the signal. */
export function until(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {}
}
