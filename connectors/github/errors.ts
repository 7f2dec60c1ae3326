import type { z } from 'zod'
import {
  CredentialError,
  isRecord,
  PermanentError,
  RetryAfterError,
  retryAfterSeconds,
  secondsUntilReset,
} from '../../src/index.ts'

/** GitHub said no, in its own words; the status lets a caller take a 404 for "is not there". */
export class GitHubRefusal extends PermanentError {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** Docs: "If retry-after is absent and x-ratelimit-remaining is not 0, wait for at least one minute." */
const leastWaitSeconds = 60

/** What a 403 says when it is about the hub's own credential, and not about the person. */
const aboutCredential =
  /not accessible by|must (?:be|have) (?:an? )?(?:org|admin|owner)|SAML enforcement|IP allow list|bad credentials/i

type Answer = { status: number; headers: Record<string, string>; words: string }

/**
 * Puts octokit's errors into the hub's words. What never was answered (a cut line, the hub's time limit, a lost lease)
 * comes back as it was thrown: octokit hides it in the cause and calls it a 500.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function toHubError(thrown: unknown): unknown {
  const answer = answerOf(thrown)
  if (!answer) return thrown instanceof Error && thrown.name === 'HttpError' ? (thrown.cause ?? thrown) : thrown
  const { status, words } = answer
  const message = `GitHub answered ${status}${words && `: ${words}`}`
  if (status === 401) return new CredentialError(message)
  if (isRateLimit(answer)) return new RetryAfterError(message, { retryAfterSeconds: secondsToWait(answer) })
  if (status === 403 && aboutCredential.test(words)) return new CredentialError(message)
  if (status >= 400 && status < 500 && status !== 408) return new GitHubRefusal(message, status)
  return new Error(message)
}

/** GraphQL answers 200 and puts its refusals into the body (docs: "Forming calls with GraphQL"). */
export function graphqlError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'GraphqlResponseError') return thrown
  const errors: unknown = 'errors' in thrown ? thrown.errors : undefined
  const [first] = Array.isArray(errors) ? errors.filter(isRecord) : []
  const message = `GitHub's GraphQL answered: ${String(first?.message ?? 'an error').slice(0, 200)}`
  if (first?.type === 'RATE_LIMITED') return new RetryAfterError(message, { retryAfterSeconds: leastWaitSeconds })
  if (first?.type === 'FORBIDDEN' || first?.type === 'INSUFFICIENT_SCOPES') return new CredentialError(message)
  if (first?.type === 'NOT_FOUND') return new GitHubRefusal(message, 404)
  return new Error(message)
}

/** What was read, or null where GitHub has no such thing. */
export async function nullWhenGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof GitHubRefusal && error.status === 404) return null
    throw error
  }
}

/**
 * An answer as documented, or weather. Octokit makes an empty text of an answer that was cut midway: read as a list it
 * would say that nobody is there.
 */
export function parsed<T>(schema: z.ZodType<T>, data: unknown, doing: string): T {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  throw new Error(`GitHub's answer to "${doing}" is not what its documentation says, or was cut off`)
}

/** The answer inside octokit's error. Read by shape, so that octokit need not be loaded to recognise it. */
function answerOf(thrown: unknown): Answer | undefined {
  if (!(thrown instanceof Error) || !('response' in thrown) || !isRecord(thrown.response)) return undefined
  const { status, headers, data } = thrown.response
  if (typeof status !== 'number') return undefined
  return { status, headers: isRecord(headers) ? (headers as Record<string, string>) : {}, words: wordsOf(data) }
}

/** The message, and what a 422 says of each field; capped, and nothing of the request. */
function wordsOf(data: unknown): string {
  if (!isRecord(data)) return ''
  const errors = Array.isArray(data.errors) ? data.errors : []
  const details = errors.map((error) => (isRecord(error) ? (error.message ?? error.code) : error))
  return [data.message, ...details]
    .filter((text) => typeof text === 'string')
    .join(': ')
    .slice(0, 300)
}

function isRateLimit({ status, headers, words }: Answer): boolean {
  if (status === 429) return true
  if (status !== 403) return false
  const isSpent = headers['x-ratelimit-remaining'] === '0' && /rate limit/i.test(words)
  return headers['retry-after'] !== undefined || isSpent || /secondary rate limit/i.test(words)
}

function secondsToWait({ headers }: Answer): number {
  const asked = retryAfterSeconds(headers)
  if (asked !== null) return asked
  const reset = headers['x-ratelimit-remaining'] === '0' ? secondsUntilReset(headers, 'x-ratelimit-reset') : null
  return reset === null ? leastWaitSeconds : Math.max(reset, 1)
}
