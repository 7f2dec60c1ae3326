import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { FencedOutError } from '../../src/core/errors.ts'
import type { HeldLane } from '../../src/core/queue.ts'
import { holdLease } from '../../src/engine/lease.ts'
import { eventually } from '../support/eventually.ts'

const lane = { key: 'auth0/okta/00u1', epoch: 1 }
const target = { key: 'target:auth0:auth0|a', epoch: 1 }

test('users leased while a renewal is under way do not end the lease', async () => {
  const renewals: number[] = []
  let begun = 0
  const renew = async (lanes: readonly HeldLane[]) => {
    const asked = lanes.length
    begun++
    await sleep(50)
    renewals.push(lanes.length)
    return lanes.length === asked
  }
  const lease = holdLease({ lane, clock: systemClock, renew, leaseSeconds: 5, renewSeconds: 0.02 })
  await eventually(() => expect(begun).toBe(1))
  lease.include([target])
  await eventually(() => expect(renewals).toContain(2))
  lease.release()
  expect(() => lease.assertHeld()).not.toThrow()
  expect(renewals.slice(0, 1)).toEqual([1])
})

test('a lease that another has taken aborts the run', async () => {
  const renew = async () => false
  const lease = holdLease({ lane, clock: systemClock, renew, leaseSeconds: 5, renewSeconds: 0.02 })
  await sleep(80)
  lease.release()
  expect(lease.signal.reason).toBeInstanceOf(FencedOutError)
  expect(() => lease.assertHeld()).toThrow(FencedOutError)
})

test('a process that was stopped beyond its lease may write nothing when it wakes up, before any timer ran', () => {
  let now = Date.parse('2026-08-01T10:00:00Z')
  const clock = { now: () => new Date(now) }
  const lease = holdLease({ lane, clock, renew: async () => true, leaseSeconds: 30, renewSeconds: 10 })
  now += 29_000
  expect(() => lease.assertHeld()).not.toThrow()
  now += 2_000
  expect(() => lease.assertHeld()).toThrow(FencedOutError)
  lease.release()
})

test('a journal that does not answer keeps the lease to its end and no longer', async () => {
  const renew = async () => Promise.reject(new Error('connection lost'))
  const lease = holdLease({ lane, clock: systemClock, renew, leaseSeconds: 0.15, renewSeconds: 0.03 })
  await sleep(80)
  expect(lease.signal.aborted).toBe(false)
  await sleep(150)
  lease.release()
  expect(lease.signal.aborted).toBe(true)
})

test('a lease that is given up ends in the journal as soon as that answers, and with it the run', async () => {
  const asked: (readonly [number, number])[] = []
  const renew = async (lanes: readonly HeldLane[], seconds: number) => {
    asked.push([lanes.length, seconds])
    if (asked.length < 3) throw new Error('connection lost')
    return true
  }
  const lease = holdLease({ lane, clock: systemClock, renew, leaseSeconds: 60, renewSeconds: 0.05 })
  lease.include([target])
  await lease.giveUp()
  expect(asked).toEqual([
    [2, 0],
    [2, 0],
    [2, 0],
  ])
  expect(lease.signal.reason).toBeInstanceOf(FencedOutError)
})

test('a journal that stays away is asked to end a lease no longer than the lease lasts', async () => {
  const renew = async () => Promise.reject(new Error('connection lost'))
  const lease = holdLease({ lane, clock: systemClock, renew, leaseSeconds: 0.2, renewSeconds: 0.5 })
  await lease.giveUp()
  expect(() => lease.assertHeld()).toThrow(FencedOutError)
})
