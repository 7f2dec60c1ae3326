import { secondsUntilReset } from '../../../src/index.ts'

/** Only the cursor is taken from the link, so that the credential cannot be sent to another host. */
export function nextCursor(headers: Headers): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return next && URL.canParse(next) ? new URL(next).searchParams.get('after') : null
}

/** A listing leaves this share of Okta's bucket to everybody else who uses the same credential. */
const shareLeft = 0.25
/** Okta's buckets are a minute long (Okta docs: rate limits); a reset that claims more is not believed. */
const longestSeconds = 65

/**
 * How long to wait before the next page, so that a listing never takes the last of the bucket: nothing while there is
 * plenty, then evenly spread, and until the reset when nothing is left.
 */
export function pauseSeconds(headers: Headers): number {
  const limit = numberIn(headers, 'x-rate-limit-limit')
  const remaining = numberIn(headers, 'x-rate-limit-remaining')
  const reset = secondsUntilReset(headers, 'x-rate-limit-reset')
  if (reset === null || !Number.isFinite(limit + remaining) || remaining > limit * shareLeft) return 0
  return Math.min(reset / Math.max(remaining, 1), longestSeconds)
}

/** A refused call waits for the reset that came with the refusal, at least a second, at most a bucket's length. */
export function afterRefusalSeconds(retryAfterSeconds: number): number {
  return Math.min(Math.max(retryAfterSeconds, 1), longestSeconds)
}

function numberIn(headers: Headers, name: string): number {
  return Number(headers.get(name) ?? Number.NaN)
}
