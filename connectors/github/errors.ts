import {
  CollisionError,
  CredentialError,
  isCollision,
  isRecord,
  ObjectRefusedError,
  PermanentError,
  RetryAfterError,
  waitSeconds,
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

/**
 * What a 403 says when it is about the hub's own credential, and not about the person. It may be good in other
 * organizations and for other calls: the host finds out by a neutral read.
 */
const aboutCredential =
  /not accessible by|must (?:be|have) (?:an? )?(?:org|admin|owner)|SAML enforcement|IP allow list|bad credentials/i

type Answer = { status: number; headers: Record<string, string>; words: string; isOwn: boolean }

/**
 * Puts Octokit's errors into the hub's words. A call without an answer (a cut connection, the time limit, a lost lease)
 * is returned as it was thrown: Octokit hides it in the cause and calls it a 500.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function toHubError(thrown: unknown): unknown {
  const answer = readAnswer(thrown)
  if (!answer) return thrown instanceof Error && thrown.name === 'HttpError' ? (thrown.cause ?? thrown) : thrown
  const { status, words, isOwn } = answer
  const message = `GitHub answered ${status}${words && `: ${words}`}`
  if (status === 401) return new CredentialError(message)
  if (isRateLimit(answer)) return new RetryAfterError(message, { retryAfterSeconds: findWaitSeconds(answer) })
  if (status === 403 && aboutCredential.test(words)) return new ObjectRefusedError(message)
  if (isCollision(status)) return new CollisionError(message)
  // A 404 of a proxy, or of a page in front of GitHub, says nothing of what is there.
  if (status === 404 && !isOwn) return new Error(`${message}, and not in its own words`)
  if (status >= 400 && status < 500 && status !== 408) return new GitHubRefusal(message, status)
  return new Error(message)
}

/** GraphQL answers 200 and puts its refusals into the body (docs: "Forming calls with GraphQL"). */
export function toHubErrorFromGraphql(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'GraphqlResponseError') return thrown
  const errors: unknown = 'errors' in thrown ? thrown.errors : undefined
  const [first] = Array.isArray(errors) ? errors.filter(isRecord) : []
  const message = `GitHub's GraphQL answered: ${String(first?.message ?? 'an error').slice(0, 200)}`
  if (first?.type === 'RATE_LIMITED') return new RetryAfterError(message, { retryAfterSeconds: leastWaitSeconds })
  if (first?.type === 'FORBIDDEN' || first?.type === 'INSUFFICIENT_SCOPES') return new ObjectRefusedError(message)
  if (first?.type === 'NOT_FOUND') return new GitHubRefusal(message, 404)
  return new Error(message)
}

/** The answer inside Octokit's error. Read by shape, so that Octokit need not be loaded to recognise it. */
function readAnswer(thrown: unknown): Answer | undefined {
  if (!(thrown instanceof Error) || !('response' in thrown) || !isRecord(thrown.response)) return undefined
  const { status, headers, data } = thrown.response
  if (typeof status !== 'number') return undefined
  const known = isRecord(headers) ? (headers as Record<string, string>) : {}
  return { status, headers: known, words: readWords(data), isOwn: isRecord(data) }
}

/** The message, and what a 422 says of each field; capped, and nothing of the request. */
function readWords(data: unknown): string {
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

function findWaitSeconds({ headers }: Answer): number {
  const asked = waitSeconds(headers)
  return asked === null ? leastWaitSeconds : Math.max(asked, 1)
}
