import { describe, expect, test } from 'vitest'
import { formatDuration, formatLocalTime, formatRelativeTime, parseSince } from '../../../src/cli/terminal/text.ts'

const now = new Date('2026-05-14T12:00:00.000Z')

describe('a span or a time since when', () => {
  test.each([
    ['90s', '2026-05-14T11:58:30.000Z'],
    ['30m', '2026-05-14T11:30:00.000Z'],
    ['30 min', '2026-05-14T11:30:00.000Z'],
    ['1.5h', '2026-05-14T10:30:00.000Z'],
    ['3d', '2026-05-11T12:00:00.000Z'],
    ['2026-05-14T08:30:00Z', '2026-05-14T08:30:00.000Z'],
    ['2026-05-14 08:30+02:00', '2026-05-14T06:30:00.000Z'],
  ])('%j is read', (text, expected) => {
    expect(parseSince(text, now)?.toISOString()).toBe(expected)
  })

  test('a time without a zone is local time', () => {
    expect(parseSince('2026-05-14T08:30', now)).toEqual(new Date(2026, 4, 14, 8, 30))
    expect(parseSince('2026-05-14', now)).toEqual(new Date(2026, 4, 14))
  })

  test.each(['', '2', 'yesterday', '2026', '2 weeks', '-2h', '2026-13-40', '1e3h'])('%j is refused', (text) => {
    expect(parseSince(text, now)).toBeNull()
  })
})

test('a time of today is shown without its date', () => {
  const today = new Date(2026, 4, 14, 8, 5, 9).toISOString()
  expect(formatLocalTime(today, new Date(2026, 4, 14, 23))).toBe('08:05:09')
  expect(formatLocalTime(today, new Date(2026, 4, 15, 1))).toBe('2026-05-14 08:05:09')
})

test.each([
  [850, '850 ms'],
  [2400, '2.4 s'],
  [61_000, '61 s'],
  [5 * 60_000, '5 min'],
  [5 * 3_600_000, '5 h'],
  [72 * 3_600_000, '3 d'],
])('%i ms is said as %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected)
})

test('past and future are told apart', () => {
  expect(formatRelativeTime('2026-05-14T11:55:00Z', now)).toBe('5 min ago')
  expect(formatRelativeTime('2026-05-14T12:00:30Z', now)).toBe('in 30 s')
})
