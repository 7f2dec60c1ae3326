import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultSchedule, isUsedUp, nextWaitSeconds, scaleSchedule } from '../../src/core/schedule.ts'

const even = { ageSeconds: 0, random: 0.5 }

test('deny work never runs out of attempts, however old it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 10 ** 8 }), (attempts, ageSeconds) => {
      const wait = nextWaitSeconds(defaultSchedule, { attempts, ageSeconds, deny: true, random: 0.5 })
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(900)
    }),
  )
})

test('anything else is given up a day after it was made', () => {
  const day = 24 * 3600
  expect(nextWaitSeconds(defaultSchedule, { attempts: 50, ageSeconds: day - 1, deny: false, random: 0.5 })).toBe(900)
  expect(nextWaitSeconds(defaultSchedule, { attempts: 50, ageSeconds: day, deny: false, random: 0.5 })).toBeNull()
})

test('waits follow the schedule, each up to a fifth shorter or longer', () => {
  expect([1, 2, 3].map((attempts) => nextWaitSeconds(defaultSchedule, { ...even, attempts, deny: true }))).toEqual([
    1, 2, 5,
  ])
  const spread = [0, 0.999].map((random) =>
    nextWaitSeconds(defaultSchedule, { ...even, random, attempts: 4, deny: true }),
  )
  expect(spread[0]).toBeCloseTo(8)
  expect(spread[1]).toBeCloseTo(12, 1)
})

test('the vendor’s reset time lengthens a wait, up to five minutes, and never shortens it', () => {
  const wait = (retryAfterSeconds: number) =>
    nextWaitSeconds(defaultSchedule, { ...even, attempts: 3, deny: true, retryAfterSeconds })
  expect(wait(60)).toBe(60)
  expect(wait(3600)).toBe(300)
  expect(wait(0)).toBe(5)
})

test('a schedule is used up once every wait of it was used', () => {
  expect(isUsedUp(defaultSchedule, defaultSchedule.waitsSeconds.length)).toBe(false)
  expect(isUsedUp(defaultSchedule, defaultSchedule.waitsSeconds.length + 1)).toBe(true)
})

test('a scaled schedule keeps its shape', () => {
  const scaled = scaleSchedule(defaultSchedule, 0.01)
  expect(scaled.waitsSeconds[0]).toBeCloseTo(0.01)
  expect(scaled.contradictionWaitsSeconds).toEqual([0.05, 0.6, 6])
  expect(scaled.jitter).toBe(defaultSchedule.jitter)
})
