import {
  CollisionError,
  CredentialError,
  isCollision,
  isRecord,
  ObjectRefusedError,
  PermanentError,
  RateLimitError,
  waitSeconds,
} from '../../../src/index.ts'

/** An answer other than 2xx. `code`: Okta's error code, such as E0000007; null when the answer is not Okta's JSON. */
export type OktaFailure = { status: number; code: string | null; summary: string; headers: Headers }

/** Reads an error of the SDK: `OktaApiError` for Okta's JSON, `HttpError` for any other answer. Null when there was no answer. */
export function readFailure(thrown: unknown): OktaFailure | null {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return null
  const headers = 'headers' in thrown && thrown.headers instanceof Headers ? thrown.headers : new Headers()
  const code = 'errorCode' in thrown && typeof thrown.errorCode === 'string' ? thrown.errorCode : null
  return { status: thrown.status, code, summary: summaryOf(thrown), headers }
}

/** Okta's summary says that something is wrong, and its causes say what. */
function summaryOf(thrown: object): string {
  const causes = 'errorCauses' in thrown && Array.isArray(thrown.errorCauses) ? thrown.errorCauses : []
  const summary = 'errorSummary' in thrown ? thrown.errorSummary : ''
  const words = [summary, ...causes.filter(isRecord).map((cause) => cause.errorSummary)]
  return words.filter((word) => typeof word === 'string' && word !== '').join('; ')
}

/** True when Okta itself says that there is no such object. Another 404 may come from a proxy or a wrong address. */
export function isAbsent({ status, code }: OktaFailure): boolean {
  return status === 404 && code === 'E0000007'
}

/**
 * Translates a failure into one of the hub's errors. 404, 408 and 5xx are temporary errors. A 403 may concern one person
 * (an administrator whom a restricted role does not see), or the credential: the host finds out.
 */
export function toHubError(failure: OktaFailure, what: string): Error {
  const { status, code, summary, headers } = failure
  const message = `Okta answered ${[status, code, summary].filter(Boolean).join(' ')} to ${what}`
  if (status === 401) return new CredentialError(message)
  if (status === 403) return new ObjectRefusedError(message)
  if (isCollision(status)) return new CollisionError(message)
  if (status === 429) return toRateLimitError(message, headers)
  if (status >= 400 && status < 500 && status !== 404 && status !== 408) return new PermanentError(message)
  return new Error(message)
}

/**
 * Translates a refusal of the token endpoint. Okta's SDK would take the refusal for a token and go on with `Bearer
 * undefined`, which looks like a 401 of the resource (seen in okta-sdk-nodejs 8.1.0, `oauth.js`).
 */
export function toTokenError({ status, headers, body }: { status: number; headers: Headers; body: unknown }): Error {
  const facts = isRecord(body) ? body : {}
  const words = [facts.error ?? facts.errorCode, facts.error_description ?? facts.errorSummary]
  const message = `Okta refused a token: ${[status, ...words.filter((word) => typeof word === 'string')].join(' ')}`
  if (status === 429) return toRateLimitError(message, headers)
  if (status >= 400 && status < 500) return new CredentialError(message)
  return new Error(message)
}

/** A 429 says in `X-Rate-Limit-Reset` when it ends (Okta docs: rate limits); without that the schedule decides. */
function toRateLimitError(message: string, headers: Headers): Error {
  const seconds = waitSeconds(headers)
  return new RateLimitError(message, { retryAfterSeconds: seconds === null ? 0 : Math.max(1, seconds) })
}
