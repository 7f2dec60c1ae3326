import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFrozen, parseFreeze } from '../../src/core/freeze.ts'

const read = (text: string) => {
  const windows = parseFreeze(text)
  if (!windows) throw new Error(`${text} is no list of windows`)
  return windows
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const minute = 60_000
/** A Monday, 00:00 in UTC. */
const monday = Date.parse('2026-11-02T00:00:00Z')
const minutesOfWeek = 7 * 24 * 60

const write = (at: number) => {
  const [day, hour, rest] = [Math.floor(at / 1440), Math.floor((at % 1440) / 60), at % 60]
  return `${days[day]} ${String(hour).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

describe('a window of every week', () => {
  test('has its first minute and not that of its end, in its own zone', () => {
    const windows = read('Fri 16:00-Mon 07:00 Europe/Berlin')
    const at = (time: string) => isFrozen(windows, new Date(time))
    expect(
      ['2026-11-06T14:59:59Z', '2026-11-06T15:00:00Z', '2026-11-09T05:59:59Z', '2026-11-09T06:00:00Z'].map(at),
    ).toEqual([false, true, true, false])
    // In summer the same clock shows an hour later than in winter.
    expect([at('2026-07-03T13:59:00Z'), at('2026-07-03T14:00:00Z')]).toEqual([false, true])
  })

  test('has every minute from its beginning to its end, also over the end of the week', () => {
    const place = fc.nat(minutesOfWeek - 1)
    fc.assert(
      fc.property(place, place, place, (from, to, at) => {
        fc.pre(from !== to)
        const inside = from < to ? from <= at && at < to : at >= from || at < to
        expect(isFrozen(read(`${write(from)}-${write(to)}`), new Date(monday + at * minute))).toBe(inside)
      }),
    )
  })
})

test('a window of days has them whole, the last one too', () => {
  const windows = read('2026-12-20/2027-01-03; Sat 00:00-Sun 00:00')
  const at = (time: string) => isFrozen(windows, new Date(time))
  expect(
    ['2026-12-19T23:59:59Z', '2026-12-20T00:00:00Z', '2027-01-03T23:59:59Z', '2027-01-04T00:00:00Z'].map(at),
  ).toEqual([true, true, true, false])
  expect(at('2026-12-18T12:00:00Z')).toBe(false)
})

test.each([
  'Fri 16:00',
  'Fri 16:00-Mon 24:00',
  'Fri 16:60-Mon 07:00',
  'Frd 16:00-Mon 07:00',
  'Fri 16:00-Fri 16:00',
  'Fri 16:00-Mon 07:00 Europe/Nowhere',
  '2026-12-20/2026-12-19',
  '2026-02-30/2026-03-01',
  'always',
])('"%s" is no window', (text) => {
  expect(parseFreeze(text)).toBeNull()
})

test('any text is a list of windows or none, and nothing else happens', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseFreeze(text)))
  expect(parseFreeze(' ; ')).toEqual([])
})
