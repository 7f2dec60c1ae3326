import { expect, test } from 'vitest'
import { makeCallBudget } from '../../src/core/call-budget.ts'

function bench() {
  let ms = Date.parse('2026-08-01T10:00:00Z')
  const budget = makeCallBudget({ now: () => new Date(ms) })
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
    budget.take(pieces * 3)
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
  budget.take(3)
  pass(2)
  expect(budget.room(3)).toBe(0)
  pass(5)
  expect(budget.room(3)).toBe(1)
})

test('an unknown bucket is taken for a small one', () => {
  const { budget } = bench()
  expect(budget.room(3)).toBe(3)
})
