import pRetry, { AbortError } from 'p-retry'
import { CredentialError, MissingRightError, PermanentError, RetryAfterError, saysOf } from '../core/errors.ts'
import type { Retry } from '../core/http-client.ts'

const decidingErrors = [CredentialError, MissingRightError, PermanentError, RetryAfterError]

/**
 * Retries an idempotent read inside one attempt when the connection failed: twice, within a second.
 * An error that already says what to do (permanent, wrong credential, come back later) is thrown at once.
 */
export const retryRead: Retry = (read) =>
  pRetry(read, {
    retries: 2,
    minTimeout: 100,
    maxTimeout: 400,
    factor: 3,
    shouldRetry: ({ error }) =>
      !(error instanceof AbortError) && !isDecided(error) && !isDecided(error.cause) && isConnectionError(error),
  })

function isDecided(error: unknown): boolean {
  return decidingErrors.some((known) => error instanceof known)
}

/** A cut, refused or reset connection, so that there was no answer. A timeout is none: the answer may still come. */
function isConnectionError(error: Error): boolean {
  return saysOf(error, /fetch failed|ECONN|EPIPE|socket|other side closed|terminated|network|EAI_AGAIN/i)
}
