import { expect, test } from 'vitest'
import { dayInZone, formatInZone, isZone, readInZone } from '../../src/core/zone.ts'

const iso = (text: string, zone: string) => readInZone(text, zone)?.toISOString() ?? null

test.each([
  ['2026-05-14', 'Europe/Berlin', '2026-05-13T22:00:00.000Z'],
  ['2026-05-14T08:30', 'UTC', '2026-05-14T08:30:00.000Z'],
  ['2026-01-31 23:59:59', 'America/New_York', '2026-02-01T04:59:59.000Z'],
  ['2026-05-14', 'Asia/Kolkata', '2026-05-13T18:30:00.000Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
])('%s in %s is the moment %s', (text, zone, moment) => {
  expect(iso(text, zone)).toBe(moment)
})

test.each(['30d', '2026', '2026-02-30', '2026-13-01', '2026-05-14T08:30Z', ''])(
  '%j is no time of a wall clock',
  (text) => {
    expect(iso(text, 'UTC')).toBeNull()
  },
)

test('a time is shown as clocks of the zone show it', () => {
  expect(formatInZone('2026-05-14T22:30:00.400Z', 'Europe/Berlin')).toBe('2026-05-15 00:30:00')
  expect(dayInZone(new Date('2026-05-14T22:30:00Z'), 'Europe/Berlin')).toBe('2026-05-15')
})

test('names of zones are told from other words', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', ''].map(isZone)).toEqual([true, true, false, false])
})
