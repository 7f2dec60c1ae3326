import { listNumbers, secondsUntilReset } from '../../../src/index.ts'

/** The cursor of the next page; null on the last one. The link's host is ignored, so that no credential is sent to it. */
export function nextCursor(headers: Headers): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return next && URL.canParse(next) ? new URL(next).searchParams.get('after') : null
}

/** A listing leaves this share of Okta's rate limit to other uses of the same credential. */
const shareLeft = 0.25
/** Okta's limits are per minute (Okta docs: rate limits), so that a longer reset is not believed. */
const longestSeconds = 65

/**
 * Seconds to wait before the next page, so that a listing never uses up the limit: 0 while more than that share is left,
 * then the remaining calls are spread evenly, and with none left it is the time until the reset. Okta may send two limits
 * at once, one header each: the one with less left counts, and the later reset.
 */
export function pauseSeconds(headers: Headers): number {
  const limits = listNumbers(headers, 'x-rate-limit-limit')
  const remaining = listNumbers(headers, 'x-rate-limit-remaining')
  const reset = secondsUntilReset(headers, 'x-rate-limit-reset')
  const isShort = remaining.some((left, at) => left <= (limits[at] ?? limits.at(-1) ?? Number.NaN) * shareLeft)
  if (reset === null || !isShort) return 0
  return Math.min(reset / Math.max(Math.min(...remaining), 1), longestSeconds)
}

/** Seconds to wait after a refused call: until the reset that Okta named, at least 1 and at most 65. */
export function afterRefusalSeconds(retryAfterSeconds: number): number {
  return Math.min(Math.max(retryAfterSeconds, 1), longestSeconds)
}
