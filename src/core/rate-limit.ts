/** Headers of an answer: what `fetch` gives, or a record by lower-case name. */
type AnswerHeaders = Headers | Readonly<Record<string, string | undefined>>

/** Headers in which vendors say when a limit is over. */
const resetHeaders = ['x-rate-limit-reset', 'x-ratelimit-reset', 'ratelimit-reset', 'x-ratelimit-reset-after']

/**
 * Seconds that a vendor asks to wait, in whatever form it does: the longest of `Retry-After` and of the resets whose
 * limit is used up. Null when nothing of it can be read.
 */
export function waitSeconds(headers: AnswerHeaders, now?: Date): number | null {
  const isLeft = (name: string) => {
    const remaining = listNumbers(headers, name.replace(/reset.*$/, 'remaining'))
    return remaining.length > 0 && remaining.every((number) => number > 0)
  }
  const used = resetHeaders.filter((name) => !isLeft(name))
  const waits = [retryAfterSeconds(headers, now), ...used.map((name) => secondsUntilReset(headers, name, now))]
  const known = waits.filter((seconds) => seconds !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/**
 * Seconds that `Retry-After` asks to wait, never below 0; null when the header is missing or cannot be read. A date (RFC
 * 9110, section 10.2.3) is compared with `now`, or else with the answer's own `Date`.
 */
export function retryAfterSeconds(headers: AnswerHeaders, now?: Date): number | null {
  return readWait(headers, 'retry-after', now?.getTime() ?? readDate(headers))
}

/**
 * Seconds until the vendor's limit resets, never below 0, from a header such as `x-ratelimit-reset`. It may hold a number
 * of seconds, a time in Unix seconds or milliseconds, or a date, and several of them where the header came twice: the
 * latest counts. A time is by the vendor's clock, so we subtract the answer's own `Date`, and `now` only without it. Null
 * when nothing of it can be read.
 */
export function secondsUntilReset(headers: AnswerHeaders, resetHeader: string, now?: Date): number | null {
  return readWait(headers, resetHeader, readDate(headers) ?? now?.getTime() ?? null)
}

/** When the answer was given, by the vendor's clock, in Unix milliseconds. */
function readDate(headers: AnswerHeaders): number | null {
  const answered = Date.parse(readHeader(headers, 'date') ?? '')
  return Number.isNaN(answered) ? null : answered
}

/** The longest wait that a header asks for; times are compared with `from`, and cannot be read without it. */
function readWait(headers: AnswerHeaders, name: string, from: number | null): number | null {
  const waits = splitValues(readHeader(headers, name) ?? '').flatMap((text) => {
    const moment = readMoment(text)
    if (moment === null) return []
    if ('seconds' in moment) return [moment.seconds]
    return from === null ? [] : [(moment.at - from) / 1000]
  })
  return waits.length === 0 ? null : Math.max(0, ...waits)
}

/** Lists the numbers in a header, which may have come more than once. */
export function listNumbers(headers: AnswerHeaders, name: string): number[] {
  const values = splitValues(readHeader(headers, name) ?? '')
  return values.map(Number).filter(Number.isFinite)
}

const httpDate = /[A-Za-z]{3,9}, \d{2}[ -][A-Za-z]{3}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT/g

/** A header that comes twice is one text, joined by commas; a date has a comma of its own. */
function splitValues(text: string): string[] {
  const rest = text.replace(httpDate, '')
  return [...(text.match(httpDate) ?? []), ...rest.split(',').map((one) => one.trim())].filter((one) => one !== '')
}

/** No wait is this many seconds long, and no time since 2001 is fewer: numbers from here on are times. */
const leastUnixSeconds = 1e9
const leastUnixMilliseconds = 1e11

/** `at`: Unix milliseconds. */
function readMoment(text: string): { seconds: number } | { at: number } | null {
  const number = Number(text.replace(/^(\d+(?:\.\d+)?)s$/, '$1'))
  if (Number.isFinite(number)) {
    if (number >= leastUnixMilliseconds) return { at: number }
    return number >= leastUnixSeconds ? { at: number * 1000 } : { seconds: number }
  }
  const at = /\d{4}-\d{2}-\d{2}T|GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : { at }
}

function readHeader(headers: AnswerHeaders, name: string): string | null {
  return (headers instanceof Headers ? headers.get(name) : headers[name]) ?? null
}
