import {
  CredentialError,
  isRecord,
  MissingRightError,
  PermanentError,
  RetryAfterError,
  retryAfterSeconds,
  saysOf,
  secondsUntilReset,
} from '../../../src/index.ts'

/** What a call does. It decides what a refusal means: a 403 to revoking means something else than one to reading. */
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

/** A missing right to these must not pause the connector, because a paused connector carries out no lockout. */
const beyondLockouts: ReadonlySet<Doing> = new Set([
  'revoke access',
  'read roles',
  'read organizations',
  'write access',
])

/** Auth0's answer as its SDK throws it. Recognised by its shape, so that the SDK need not be loaded for that. */
type Refusal = { statusCode: number; headers: Headers | undefined; words: string; code: string; isToken: boolean }

/** A custom domain serves logins; of what Auth0 answers there to the Management API's calls, we know examples alone. */
export const canonicalDomainAdvice =
  'AUTH0_DOMAIN must be the tenant’s canonical domain, such as example.eu.auth0.com: the Management API is not served at ' +
  'a custom domain. It stands in the Auth0 Dashboard under Applications, APIs, Auth0 Management API, as the host of the Identifier.'

/** Whether a domain is one that Auth0 gives to tenants. A custom domain is none, nor is that of some private clouds. */
export function isCanonicalDomain(domain: string): boolean {
  return /\.auth0\.com$/i.test(domain)
}

/**
 * Translates an error of the SDK into one of the hub's errors. A network error is unwrapped from the SDK's own error,
 * because the retries inside an attempt recognise it by its original class. No message can carry a token: Auth0's words
 * are cut at 200 characters, and nothing of the request is quoted.
 */
export function toHubError(thrown: unknown, doing: Doing): unknown {
  const refusal = refusalOf(thrown)
  if (!refusal) return unwrap(thrown)
  const { statusCode, words, isToken } = refusal
  const message = `Auth0 answered ${statusCode} to "${isToken ? 'get a token' : doing}"${words && `: ${words}`}`

  if (statusCode === 429) return toRateLimitError(message, refusal)
  if (isToken && statusCode >= 400 && statusCode < 500 && statusCode !== 408) {
    return new CredentialError(`${message}. If AUTH0_DOMAIN is a custom domain: ${canonicalDomainAdvice}`)
  }
  if (statusCode === 401) return new CredentialError(message)
  if (statusCode === 403 && isMissingScope(refusal)) {
    return beyondLockouts.has(doing) ? new MissingRightError(message) : new CredentialError(message)
  }
  if ([400, 413, 422].includes(statusCode) || (statusCode === 409 && doing === 'write access'))
    return new PermanentError(message)
  return new Error(message)
}

/** The HTTP status of Auth0's answer; undefined when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  return refusalOf(thrown)?.statusCode
}

/** True for a 403 because of a scope that the application lacks; false for a 403 because of the tenant's plan. */
export function isScopeRefusal(thrown: unknown): boolean {
  const refusal = refusalOf(thrown)
  return refusal !== undefined && refusal.statusCode === 403 && isMissingScope(refusal)
}

/** Seconds until a 429 ends; null when Auth0 does not say. */
export function resetSeconds(headers: Headers): number | null {
  return retryAfterSeconds(headers) ?? secondsUntilReset(headers, 'x-ratelimit-reset')
}

function toRateLimitError(message: string, { headers }: Refusal): Error {
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
    isToken: saysOf(thrown, /token request/),
  }
}

function firstText(...values: unknown[]): string {
  return values.find((value): value is string => typeof value === 'string' && value !== '')?.slice(0, 200) ?? ''
}

/** The SDK keeps the original error as the cause: a cut connection, the hub's time limit, a lost lease. */
function unwrap(thrown: unknown): unknown {
  const isWrapper = thrown instanceof Error && thrown.name.startsWith('Management')
  return isWrapper && thrown.cause instanceof Error ? thrown.cause : thrown
}

/** Makes one call of the SDK and throws the hub's errors instead of the SDK's, see `toHubError`. */
export async function callAuth0<T>(doing: Doing, call: () => PromiseLike<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toHubError(error, doing)
  }
}

/** For `.catch()` of a call whose every 404 may count as "not there", because what it says is checked elsewhere. */
export function returnNullIfAbsent(error: unknown): null {
  if (statusOf(error) === 404) return null
  throw error
}

/**
 * For `.catch()` of a call about one user, whose 404 counts only in Auth0's own words: a route that the tenant does not
 * have, or a proxy, answers 404 too. The OpenAPI document has "User not found." and "The user does not exist."; the code
 * `inexistent_user` is known from tenants' answers, not from the document.
 */
export function returnNullIfNoUser(error: unknown): null {
  if (saysNoUser(error)) return null
  throw error
}

/** Whether Auth0 itself says that it has no such user. */
export function saysNoUser(thrown: unknown): boolean {
  const refusal = refusalOf(thrown)
  if (refusal?.statusCode !== 404) return false
  return refusal.code === 'inexistent_user' || /^(?:the )?user (?:does not exist|not found)\b/i.test(refusal.words)
}

/** The SDK's request option that aborts a call together with the signal. */
export function abortOption(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {}
}
