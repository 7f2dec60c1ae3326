/** Headers of an answer: what `fetch` gives, or a record by lower-case name. */
type AnswerHeaders = Headers | Readonly<Record<string, string | undefined>>

/**
 * Seconds that `Retry-After` asks to wait, never below 0; null when the header is missing or cannot be read.
 * Its form of a date (RFC 9110, section 10.2.3) is read only with `now`; without `now` only a number of seconds is.
 */
export function retryAfterSeconds(headers: AnswerHeaders, now?: Date): number | null {
  const text = readHeader(headers, 'retry-after')
  if (text === null) return null
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(seconds, 0)
  const date = now ? Date.parse(text) : Number.NaN
  return now && !Number.isNaN(date) ? Math.max((date - now.getTime()) / 1000, 0) : null
}

/**
 * Seconds until the vendor's limit resets, never below 0, from a header that holds the time of the reset in Unix
 * seconds, such as `x-ratelimit-reset`. That time is by the vendor's clock, so we subtract the answer's own `Date` and
 * not our time. Null when either header is missing or cannot be read.
 */
export function secondsUntilReset(headers: AnswerHeaders, resetHeader: string): number | null {
  const reset = Number(readHeader(headers, resetHeader) ?? Number.NaN)
  const answered = Date.parse(readHeader(headers, 'date') ?? '') / 1000
  return Number.isFinite(reset - answered) ? Math.max(reset - answered, 0) : null
}

function readHeader(headers: AnswerHeaders, name: string): string | null {
  return (headers instanceof Headers ? headers.get(name) : headers[name]) ?? null
}
