import { expect, test } from 'vitest'
import { makeCallBudget } from '../../src/core/call-budget.ts'

function bench({ countsCalls = false } = {}) {
  let ms = Date.parse('2026-08-01T10:00:00Z')
  const budget = makeCallBudget({ now: () => new Date(ms) }, { countsCalls })
  const answer = (prefix: string, facts: { limit: number; remaining: number; resetIn: number }) =>
    budget.note(
      new Headers({
        date: new Date(ms).toUTCString(),
        [`${prefix}-limit`]: String(facts.limit),
        [`${prefix}-remaining`]: String(facts.remaining),
        [`${prefix}-reset`]: String(Math.floor(ms / 1000) + facts.resetIn),
      }),
    )
  return {
    budget,
    answer,
    pass(seconds: number) {
      ms += seconds * 1000
    },
  }
}

test('background work takes at most a quarter of a bucket in each of its windows', () => {
  const { budget, answer, pass } = bench()
  answer('x-rate-limit', { limit: 600, remaining: 590, resetIn: 20 })
  let reads = 0
  for (let seconds = 0; seconds < 600; seconds += 5) {
    const pieces = Math.min(budget.room(3), 20)
    budget.reserve(pieces * 3)
    reads += pieces * 3
    pass(5)
  }
  expect(reads).toBeLessThanOrEqual((600 / 4) * 11)
  expect(reads).toBeGreaterThan((600 / 4) * 8)
})

test('background work stops while less than half of a bucket is left, until it is renewed', () => {
  const { budget, answer, pass } = bench()
  answer('x-ratelimit', { limit: 50, remaining: 24, resetIn: 7 })
  expect(budget.room(1)).toBe(0)
  pass(8)
  expect(budget.room(1)).toBeGreaterThan(0)
})

test('a bucket of which a quarter is too small for one piece of work is overdrawn once, and then spared', () => {
  const { budget, answer, pass } = bench()
  answer('x-ratelimit', { limit: 2, remaining: 2, resetIn: 1 })
  expect(budget.room(3)).toBe(1)
  budget.reserve(3)
  pass(2)
  expect(budget.room(3)).toBe(0)
  pass(5)
  expect(budget.room(3)).toBe(1)
})

test('an unknown bucket is taken for a small one', () => {
  const { budget } = bench()
  expect(budget.room(3)).toBe(3)
})

test('real calls count, and not what was set aside for them', () => {
  const { budget, answer, pass } = bench({ countsCalls: true })
  answer('x-rate-limit', { limit: 400, remaining: 390, resetIn: 60 })
  expect(budget.room(1)).toBe(100)
  budget.reserve(30)
  expect(budget.room(1)).toBe(70)
  // Ten more than were set aside.
  for (let calls = 0; calls < 40; calls++) budget.spend()
  expect(budget.room(1)).toBe(60)
  pass(60)
  budget.reserve(50)
  budget.spend()
  expect(budget.room(1)).toBe(50)
  pass(59)
  answer('x-rate-limit', { limit: 400, remaining: 390, resetIn: 60 })
  pass(1)
  expect(budget.room(1)).toBe(100)
})

test('a clock that is set back takes none of the room away', () => {
  const { budget, answer, pass } = bench({ countsCalls: true })
  answer('x-rate-limit', { limit: 600, remaining: 590, resetIn: 60 })
  budget.spend()
  pass(600)
  budget.spend()
  pass(-600)
  expect(budget.room(1)).toBeGreaterThan(100)
})
