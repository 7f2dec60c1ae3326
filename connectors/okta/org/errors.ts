import {
  CredentialError,
  isRecord,
  PermanentError,
  RetryAfterError,
  retryAfterSeconds,
  secondsUntilReset,
} from '../../../src/index.ts'

/** An answer of Okta's other than 2xx. `code` is Okta's own, such as E0000007; null when something else answered. */
export type OktaFailure = { status: number; code: string | null; summary: string; headers: Headers }

/** Reads what the SDK throws: `OktaApiError` for Okta's JSON, `HttpError` for anything else. Null for a cut connection. */
export function readFailure(thrown: unknown): OktaFailure | null {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return null
  const headers = 'headers' in thrown && thrown.headers instanceof Headers ? thrown.headers : new Headers()
  const code = 'errorCode' in thrown && typeof thrown.errorCode === 'string' ? thrown.errorCode : null
  return { status: thrown.status, code, summary: summaryOf(thrown), headers }
}

/** The summary says that something is wrong, its causes what. */
function summaryOf(thrown: object): string {
  const causes = 'errorCauses' in thrown && Array.isArray(thrown.errorCauses) ? thrown.errorCauses : []
  const summary = 'errorSummary' in thrown ? thrown.errorSummary : ''
  const words = [summary, ...causes.filter(isRecord).map((cause) => cause.errorSummary)]
  return words.filter((word) => typeof word === 'string' && word !== '').join('; ')
}

/** The failure in the hub's terms. 5xx and the like are weather. */
export function toError(failure: OktaFailure, what: string): Error {
  const { status, code, summary, headers } = failure
  const message = `Okta answered ${[status, code, summary].filter(Boolean).join(' ')} to ${what}`
  if (status === 401 || status === 403) return new CredentialError(message)
  if (status === 429) return rateLimited(message, headers)
  if (status >= 400 && status < 500 && status !== 404 && status !== 408) return new PermanentError(message)
  return new Error(message)
}

/**
 * The token endpoint's refusal. Okta's SDK takes it for a token and calls on with `Bearer undefined`, which would
 * read as a 401 of the resource (seen in okta-sdk-nodejs 8.1.0, `oauth.js`).
 */
export function toTokenError({ status, headers, body }: { status: number; headers: Headers; body: unknown }): Error {
  const facts = isRecord(body) ? body : {}
  const words = [facts.error ?? facts.errorCode, facts.error_description ?? facts.errorSummary]
  const message = `Okta refused a token: ${[status, ...words.filter((word) => typeof word === 'string')].join(' ')}`
  if (status === 429) return rateLimited(message, headers)
  if (status >= 400 && status < 500) return new CredentialError(message)
  return new Error(message)
}

/** A 429 says in `X-Rate-Limit-Reset` when it ends (Okta docs: rate limits); without that the schedule decides. */
function rateLimited(message: string, headers: Headers): Error {
  const seconds = secondsUntilReset(headers, 'x-rate-limit-reset') ?? retryAfterSeconds(headers)
  if (seconds === null) return new Error(message)
  return new RetryAfterError(message, { retryAfterSeconds: Math.max(1, seconds) })
}
