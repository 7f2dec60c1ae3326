import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { retryAfterSeconds, secondsUntilReset, waitSeconds } from '../../src/core/rate-limit.ts'

const now = new Date('2026-11-01T12:00:00Z')
const inThirtySeconds = 'Sun, 01 Nov 2026 12:00:30 GMT'

describe('retryAfterSeconds', () => {
  test.each([
    ['a number of seconds', '7', 7],
    ['no wait', '0', 0],
    ['a number below 0', '-5', 0],
    ['a date', inThirtySeconds, 30],
    ['a date that is over', 'Sun, 01 Nov 2026 11:00:00 GMT', 0],
    ['anything else', 'soon', null],
  ])('reads %s', (_, text, seconds) => {
    expect(retryAfterSeconds({ 'retry-after': text }, now)).toBe(seconds)
    expect(retryAfterSeconds(new Headers({ 'Retry-After': text }), now)).toBe(seconds)
  })

  test('reads no date when it is not told the time, and nothing where there is no header', () => {
    expect(retryAfterSeconds({ 'retry-after': inThirtySeconds })).toBeNull()
    expect(retryAfterSeconds({}, now)).toBeNull()
    expect(retryAfterSeconds(new Headers())).toBeNull()
  })

  test('is null or a finite wait that is not below 0, whatever the header holds', () => {
    const text = fc.oneof(fc.string(), fc.double().map(String), fc.date({ noInvalidDate: true }).map(String))
    fc.assert(fc.property(text, (value) => isWait(retryAfterSeconds({ 'retry-after': value }, now))))
  })
})

describe('secondsUntilReset', () => {
  const resetAt = (seconds: number) => String(now.getTime() / 1000 + seconds)

  test('subtracts the answer’s own date, so that our clock does not matter', () => {
    const headers = { date: now.toUTCString(), 'x-ratelimit-reset': resetAt(40) }
    expect(secondsUntilReset(headers, 'x-ratelimit-reset')).toBe(40)
    expect(secondsUntilReset(new Headers(headers), 'X-RateLimit-Reset')).toBe(40)
  })

  test.each([
    ['a reset that is over', { date: now.toUTCString(), reset: resetAt(-3) }, 0],
    ['no date', { reset: resetAt(40) }, null],
    ['no reset', { date: now.toUTCString() }, null],
    ['a date that is none', { date: 'today', reset: resetAt(40) }, null],
    ['a reset that is none', { date: now.toUTCString(), reset: 'later' }, null],
  ])('understands %s', (_, headers, seconds) => {
    expect(secondsUntilReset(headers, 'reset')).toBe(seconds)
  })

  test('is no wait below 0 and no endless one, whatever the headers hold', () => {
    const text = fc.oneof(fc.string(), fc.double().map(String), fc.constant(now.toUTCString()))
    fc.assert(fc.property(text, text, (date, reset) => isWait(secondsUntilReset({ date, reset }, 'reset'))))
  })
})

describe('waitSeconds', () => {
  const date = now.toUTCString()
  const unix = now.getTime() / 1000
  test.each([
    ['two resets, of which the later counts', { 'x-rate-limit-reset': `${unix + 10}, ${unix + 30}` }, 30],
    ['seconds until the reset', { 'ratelimit-reset': '25' }, 25],
    ['Unix milliseconds', { 'x-ratelimit-reset': String((unix + 20) * 1000) }, 20],
    ['a date as reset', { 'x-ratelimit-reset': '2026-11-01T12:00:15Z' }, 15],
    ['two dates in one header', { 'retry-after': `${inThirtySeconds}, Sun, 01 Nov 2026 12:00:40 GMT` }, 40],
    ['a reset of a limit that is not used up', { 'x-ratelimit-reset': '900', 'x-ratelimit-remaining': '4999' }, null],
    ['a reset that is later than retry-after', { 'retry-after': '5', 'ratelimit-reset': '50' }, 50],
  ])('reads %s (case 12)', (_, headers, seconds) => {
    expect(waitSeconds({ date, ...headers })).toBe(seconds)
  })
})

function isWait(seconds: number | null): boolean {
  return seconds === null || (Number.isFinite(seconds) && seconds >= 0)
}
