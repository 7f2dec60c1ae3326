import { describe, expect, test } from 'vitest'
import { summariseRounds } from '../../lab/bench/edge-rates.ts'
import { summariseAttempts } from '../../lab/bench/first-attempts.ts'
import { findSpread, rotate } from '../../lab/bench/measures.ts'
import { personNumber } from '../../lab/bench/request-bodies.ts'
import { takeOffProxy } from '../../lab/bench/take-off-proxy.ts'
import type { VendorCall } from '../../lab/bench/tenants.ts'

describe('takeOffProxy', () => {
  test('takes the bare Worker from the Worker, and gives the bare Node back', () => {
    expect(takeOffProxy({ node: 3, worker: 10, bareWorker: 6, bareNode: 1 })).toBe(5)
  })

  test('says nothing where the bare Worker took as long as the Worker', () => {
    expect(takeOffProxy({ node: 3, worker: 6, bareWorker: 6, bareNode: 1 })).toBeNaN()
  })
})

describe('summariseRounds', () => {
  const turn = (perSecond: number, more = {}) => {
    const p50Ms = 1000 / perSecond
    return { acknowledged: perSecond, refused: 0, perSecond, p50Ms, p99Ms: p50Ms, ...more }
  }
  const round = { node: turn(100), worker: turn(10), bareNode: turn(100), bareWorker: turn(20) }

  test('takes the proxy off the rate and off the median latency', () => {
    const { ratio, withoutProxy } = summariseRounds(20, [round])
    expect(ratio.median).toBeCloseTo(0.1)
    // 100 ms less 50 ms plus 10 ms.
    expect(withoutProxy.ratio.median).toBeCloseTo(1 / 0.06 / 100)
    expect(withoutProxy.p50Ms).toBeCloseTo(60)
  })

  test('estimates nothing of a round in which a hook was refused, and counts what was', () => {
    const none = { acknowledged: 0, refused: 5, perSecond: 0, p50Ms: Number.NaN, p99Ms: Number.NaN }
    const rates = summariseRounds(20, [
      { ...round, worker: none },
      round,
      { ...round, worker: turn(30, { refused: 1 }) },
    ])
    expect(rates.withoutProxy.p50Ms).toBeCloseTo(60)
    const worker = rates.contenders.find(({ name }) => name === 'worker')
    expect(worker).toMatchObject({ perSecond: 10, refused: 6, answered: 46 })
    expect(worker?.p50Ms).toBeCloseTo((100 + 1000 / 30) / 2)
  })
})

describe('summariseAttempts', () => {
  const sent = (number: number, more = {}) => ({ number, atMs: 1000, status: 204, answeredMs: 20, ...more })
  const call = (number: number, startMs: number, more = {}): VendorCall => ({
    ...{ vendor: 'okta', method: 'GET', url: `/api/v1/users/${personNumber(number).oktaId}`, startMs, endMs: startMs },
    ...more,
  })

  test('counts from the 204 that the client has read to the first call to Okta about the person', () => {
    const calls = [call(1, 1050), call(1, 1030), call(2, 1021), call(1, 1025, { vendor: 'auth0' })]
    expect(summariseAttempts([sent(1)], calls)).toMatchObject({ withoutCall: 0, afterMs: { p50: 10, max: 10 } })
  })

  test('counts below zero what came before the answer, and nothing that came before the hook', () => {
    const calls = [call(1, 990), call(1, 1015)]
    expect(summariseAttempts([sent(1)], calls).afterMs.p50).toBe(-5)
  })

  test('tells apart who was refused and who was never asked about', () => {
    const hooks = [sent(1), sent(2), sent(3, { status: 503 })]
    const found = summariseAttempts(hooks, [call(1, 1030), call(3, 1030)])
    expect(found).toMatchObject({ hooks: 3, refused: 1, withoutCall: 1, afterMs: { p50: 10, max: 10 } })
  })
})

test('a spread leaves out rounds that could say nothing', () => {
  expect(findSpread([3, Number.NaN, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 })
  expect(findSpread([Number.NaN]).median).toBeNaN()
})

test('another contender begins in each round', () => {
  expect([0, 1, 4].map((round) => rotate(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'bca'])
})
