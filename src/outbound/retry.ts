import pRetry, { AbortError } from 'p-retry'
import { CredentialError, MissingRightError, PermanentError, RetryAfterError } from '../core/errors.ts'
import type { Retry } from '../core/http-client.ts'

const decided = [CredentialError, MissingRightError, PermanentError, RetryAfterError]

/**
 * Retries inside one attempt, for idempotent reads on a bad line: twice, within a second.
 * Whatever already says what is to be done (permanent, wrong credential, come back later) is thrown at once.
 */
export const retryRead: Retry = (read) =>
  pRetry(read, {
    retries: 2,
    minTimeout: 100,
    maxTimeout: 400,
    factor: 3,
    shouldRetry: ({ error }) =>
      !(error instanceof AbortError) && !isDecided(error) && !isDecided(error.cause) && isBadLine(error),
  })

function isDecided(error: unknown): boolean {
  return decided.some((known) => error instanceof known)
}

/** A cut, refused or reset connection: nothing was answered. A late answer was, and is not asked for again. */
function isBadLine(error: Error): boolean {
  const texts = [error, error.cause].map((one) =>
    one instanceof Error ? `${one.message} ${'code' in one ? one.code : ''}` : '',
  )
  return /fetch failed|ECONN|EPIPE|socket|other side closed|terminated|network|EAI_AGAIN/i.test(texts.join(' '))
}
