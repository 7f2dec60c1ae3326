import { expect, test } from 'vitest'
import { type CallClass, callClasses, makeCallBudget, type TakeCalls } from '../../src/core/call-budget.ts'

type Question = Parameters<TakeCalls>[0]

const unlimited = { waitSeconds: 0, sliceSeconds: 1, isLimited: false }

/** A budget whose ledger grants what `grants` says, all of it unless said otherwise. */
function bench({ stated, grants = (wanted) => wanted }: { stated?: number; grants?: (wanted: number) => number } = {}) {
  let ms = Date.parse('2026-08-01T10:00:00Z')
  const asked: Question[] = []
  let fails = false
  const takeCalls: TakeCalls = async (question) => {
    if (fails) throw new Error('The journal is away.')
    asked.push(question)
    const granted = grants(question.wanted)
    const isLimited = stated !== undefined || question.seen !== null
    return { ...unlimited, granted, isLimited, waitSeconds: granted === 0 ? 30 : 0 }
  }
  const budget = makeCallBudget({ connector: 'okta', stated, takeCalls, clock: { now: () => new Date(ms) } })
  return {
    budget,
    asked,
    made: (callClass: CallClass) => asked.map(({ made }) => made[callClasses.indexOf(callClass)]),
    answer(facts: { status?: number; limit?: number; remaining?: number; url?: string; headers?: object } = {}) {
      const { status = 200, limit = 600, remaining = 590, url = 'https://okta.test/api/v1/users/00u1' } = facts
      const said = { 'x-rate-limit-limit': limit, 'x-rate-limit-remaining': remaining, ...facts.headers }
      const date = new Date(ms).toUTCString()
      const reset = String(Math.floor(ms / 1000) + 20)
      const headers = Object.entries({ date, 'x-rate-limit-reset': reset, ...said }).map(([name, value]) => [
        name,
        `${value}`,
      ])
      budget.note({ url, status, headers: Object.fromEntries(headers) })
    },
    fail(is: boolean) {
      fails = is
    },
    pass(seconds: number) {
      ms += seconds * 1000
    },
  }
}

test('asks the ledger once a second where nothing is limited, and each time for background reads', async () => {
  const { budget, asked, pass } = bench()
  for (let i = 0; i < 5; i++) expect(await budget.take('opening', 3)).toEqual({ granted: 3, waitSeconds: 0 })
  expect(asked).toHaveLength(1)
  pass(1)
  await budget.take('bulk', 3)
  await budget.take('background', 1)
  expect(asked.map(({ callClass }) => callClass)).toEqual(['opening', 'bulk', 'background'])
})

test('takes ahead what it used in the second before, so that one question serves many', async () => {
  const { budget, asked, pass } = bench({ stated: 400 })
  for (let i = 0; i < 8; i++) await budget.take('opening', 10)
  expect(asked).toHaveLength(8)
  pass(1)
  for (let i = 0; i < 5; i++) await budget.take('opening', 10)
  expect(asked.slice(8).map(({ wanted }) => wanted)).toEqual([50])
  pass(1)
  // What was taken of a second that is over is nobody's.
  await budget.take('opening', 10)
  expect(asked).toHaveLength(10)
})

test('work that begins together shares one question', async () => {
  const { budget, asked, pass } = bench({ stated: 400 })
  await budget.take('opening', 100)
  pass(1)
  await Promise.all(Array.from({ length: 10 }, () => budget.take('opening', 3)))
  expect(asked).toHaveLength(2)
})

test('a denial asks for nothing', async () => {
  const { budget, asked } = bench({ stated: 1, grants: () => 0 })
  expect(await budget.take('denial', 50)).toEqual({ granted: 50, waitSeconds: 0 })
  expect(asked).toEqual([])
})

test('what was refused is not asked for again within a second', async () => {
  const { budget, asked, pass } = bench({ stated: 1, grants: () => 0 })
  expect(await budget.take('bulk', 5)).toEqual({ granted: 0, waitSeconds: 30 })
  expect(await budget.take('bulk', 5)).toEqual({ granted: 0, waitSeconds: 1 })
  await budget.take('plan', 5)
  pass(1)
  await budget.take('bulk', 5)
  expect(asked.map(({ callClass }) => callClass)).toEqual(['bulk', 'plan', 'bulk'])
})

test('tells of calls beyond what was taken, once, and gives back a minute later what was not called', async () => {
  const { budget, made, pass } = bench()
  await budget.take('background', 2)
  for (let calls = 0; calls < 5; calls++) budget.spend('background')
  await budget.take('background', 10)
  budget.spend('background')
  pass(61)
  await budget.take('background', 1)
  budget.giveBack('background', 1)
  await budget.take('background', 1)
  expect(made('background')).toEqual([0, 3, 0, -10])
})

test('calls of bulk runs are told of by nobody: they were taken before', async () => {
  const { budget, made, pass } = bench({ stated: 50 })
  await budget.take('bulk', 5)
  for (let calls = 0; calls < 20; calls++) budget.spend('bulk')
  pass(70)
  await budget.take('bulk', 5)
  expect(made('bulk')).toEqual([0, 0])
  expect(budget.countMade('bulk')).toBe(20)
})

test('reports what the vendor said at most once a second, the least of its limits first', async () => {
  const { budget, asked, answer, pass } = bench()
  await budget.report()
  expect(asked).toEqual([])
  answer({ remaining: 580 })
  answer({ url: 'https://okta.test/api/v1/logs', limit: 50, remaining: 5 })
  answer({ remaining: 570 })
  budget.spend()
  await Promise.all([budget.report(), budget.report()])
  await budget.report()
  const seen = { limit: 50, left: 5, windowSeconds: 60, resetSeconds: 20, ageSeconds: 0 }
  expect(asked).toMatchObject([{ callClass: 'denial', wanted: 0, made: [1, 0, 0, 0, 0], seen }])
  pass(1)
  // Nothing is new.
  await budget.report()
  expect(asked).toHaveLength(1)
  pass(20)
  answer({ remaining: 560 })
  await budget.report()
  expect(asked[1]?.seen).toMatchObject({ limit: 600, left: 560 })
})

test('reports a refusal at once, with the time until which it holds', async () => {
  const { budget, asked, answer } = bench()
  answer()
  await budget.report()
  answer({ status: 429, remaining: 0, headers: { 'retry-after': 7 } })
  await budget.report()
  expect(asked[1]?.seen).toMatchObject({ left: 0, emptiedSeconds: 20 })
})

test('what a journal that is away was not told, it is told later', async () => {
  const { budget, asked, answer, fail, pass } = bench()
  answer({ status: 429, remaining: 0 })
  budget.spend()
  fail(true)
  await budget.report()
  await expect(budget.take('bulk', 1)).rejects.toThrow('away')
  fail(false)
  pass(1)
  await budget.report()
  expect(asked).toMatchObject([{ made: [1, 0, 0, 0, 0], seen: { emptiedSeconds: 19, limit: 600 } }])
})
