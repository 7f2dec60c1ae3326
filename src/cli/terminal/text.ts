import { stripVTControlCharacters } from 'node:util'
import { day, formatDuration, hour, minute, second } from '../../core/duration.ts'

export { formatDuration }

/** A number with its noun. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/**
 * A text from outside on one line and without control characters: a login or an error must not be able to move the
 * operator's cursor, or to colour a failure green.
 */
export function toPlainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
}

/** The local time of an ISO time, without the date on the same day. */
export function formatLocalTime(time: string, now: Date): string {
  const at = new Date(time)
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':')
  return localDate(at) === localDate(now) ? clock : `${localDate(at)} ${clock}`
}

/** The local time of an ISO time: to the second on the same day, else the day and the minute. */
export function formatShortTime(time: string, now: Date): string {
  const text = formatLocalTime(time, now)
  return text.includes(' ') ? text.slice('2026-'.length, -':00'.length) : text
}

/** How long ago, or how soon, in the largest unit that says enough. */
export function formatRelativeTime(time: string, now: Date): string {
  const difference = new Date(time).getTime() - now.getTime()
  const text = formatDuration(Math.abs(difference))
  return difference > 0 ? `in ${text}` : `${text} ago`
}

/** The local time with how long ago that is. */
export function formatTime(time: string, now: Date): string {
  return `${formatLocalTime(time, now)} (${formatRelativeTime(time, now)})`
}

/** The start of "the last 2h": a span such as `90s`, `30m`, `2h`, `3d`, or a time. Null when it is neither. */
export function parseSince(text: string, now: Date): Date | null {
  const span = parseSpan(text)
  if (span !== null) return new Date(now.getTime() - span)
  // Date.parse takes "2026" and worse; only what begins with a whole date is a time here.
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/.test(text.trim())) return null
  const withTime = text.trim().length > 10 ? text.trim().replace(' ', 'T').replaceAll(' ', '') : `${text.trim()}T00:00`
  const time = new Date(withTime)
  return Number.isNaN(time.getTime()) ? null : time
}

/** The milliseconds of a span such as `90s`, `30m`, `2h`, `3d`; null when it is none. */
export function parseSpan(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)$/.exec(text.trim()) ?? []
  return amount === undefined ? null : Number(amount) * unitOf(unit)
}

function unitOf(unit = 's'): number {
  return { s: second, m: minute, min: minute, h: hour, d: day }[unit] ?? second
}

function localDate(at: Date): string {
  return [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join('-')
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
