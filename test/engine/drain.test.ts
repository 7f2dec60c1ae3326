import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Log } from '../../src/core/log.ts'
import type { ClaimedLane } from '../../src/core/queue.ts'
import { makeDrain } from '../../src/engine/drain.ts'
import { makeLaneWork } from '../../src/engine/lane-work.ts'
import { makeSlots } from '../../src/engine/slots.ts'
import type { Journal } from '../../src/journal/index.ts'
import { eventually } from '../support/eventually.ts'

const log: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A drain over a queue that never runs empty: every lane ends when the test says so. */
function setDrain(concurrency = 32) {
  const claims: number[] = []
  const running = new Set<() => void>()
  const slots = makeSlots({ concurrency, installed: [] })
  const queue = {
    claim: async ({ limit, rooms }: { limit: number; rooms: ReturnType<typeof slots.readRooms> }) => {
      const room = rooms.connectors.find(({ id }) => id === 'auth0')?.room ?? rooms.share
      claims.push(Math.min(limit, room))
      const lane = { connector: 'auth0', authority: 'okta', authorityPaused: false, denial: true }
      return Array.from({ length: Math.min(limit, room) }, () => lane as ClaimedLane)
    },
    claimProbes: async () => [],
    makeProbesDue: async () => {},
    readSecondsUntilDue: async () => 60,
  } as unknown as Journal['queue']
  const deliver = () => new Promise<[]>((resolve) => running.add(() => resolve([])))
  const drain = makeDrain({
    ...{ journal: { queue }, deliver, clock: systemClock, log, slots, probePaused: async () => {} },
    ...{ leaseSeconds: 30, pollSeconds: 60, probeSeconds: 60, provisionalDeny: false, outboundSeconds: 10 },
  })
  const end = (count: number) => {
    for (const done of [...running].slice(0, count)) {
      running.delete(done)
      done()
    }
  }
  const stop = async () => {
    let isStopped = false
    const stopped = drain.stop().then(() => {
      isStopped = true
    })
    while (!isStopped) {
      end(running.size)
      await sleep(1)
    }
    await stopped
  }
  return { drain, claims, running, end, [Symbol.asyncDispose]: stop }
}

describe('lanes that end', () => {
  test('together are replaced by one claim', async () => {
    await using stage = setDrain()
    stage.drain.start()
    await eventually(() => expect(stage.running.size).toBe(16))
    const before = stage.claims.length
    stage.end(8)
    await eventually(() => expect(stage.running.size).toBe(16))
    expect(stage.claims.slice(before).filter((taken) => taken > 0)).toEqual([8])
  })

  test('one by one are replaced together, and none waits for long', async () => {
    await using stage = setDrain()
    stage.drain.start()
    await eventually(() => expect(stage.running.size).toBe(16))
    const before = stage.claims.length
    stage.end(1)
    await Promise.resolve()
    stage.end(1)
    await eventually(() => expect(stage.running.size).toBe(16))
    expect(stage.claims.slice(before).filter((taken) => taken > 0)).toEqual([2])
  })

  test('keep no news waiting: a nudge claims at once', async () => {
    await using stage = setDrain()
    stage.drain.start()
    await eventually(() => expect(stage.running.size).toBe(16))
    const before = stage.claims.length
    stage.end(1)
    // The lane has left its slot.
    await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => resolve(null)))))
    stage.drain.nudge()
    await Promise.resolve()
    await Promise.resolve()
    expect(stage.claims.length).toBeGreaterThan(before)
  })

  test('alone are replaced in the same turn of the event loop', async () => {
    await using stage = setDrain(2)
    stage.drain.start()
    await eventually(() => expect(stage.running.size).toBe(1))
    await sleep(20)
    const before = stage.claims.length
    stage.end(1)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(stage.claims.length).toBeGreaterThan(before)
  })
})

test('what was claimed is worked though the claim of probes behind it fails', async () => {
  const slots = makeSlots({ concurrency: 4, installed: [] })
  const lane = { key: 'auth0/okta/00u1', connector: 'auth0', authority: 'okta', authorityPaused: false, denial: true }
  const worked: string[] = []
  const queue = {
    claim: async () => [lane as ClaimedLane],
    claimProbes: () => Promise.reject(new Error('The connection was closed.')),
  } as unknown as Journal['queue']
  const deliver = async ({ key }: ClaimedLane): Promise<[]> => {
    worked.push(key)
    return []
  }
  const lanes = makeLaneWork({
    ...{ journal: { queue }, deliver, clock: systemClock, log, slots, probePaused: async () => {} },
    ...{ leaseSeconds: 30, probeSeconds: 60, provisionalDeny: false },
  })
  const begun = await lanes.begin({ probes: 'besides' })
  await Promise.all(begun.lanes.map(({ settled }) => settled))
  expect(worked).toEqual([lane.key])
  expect(slots.free()).toBe(4)
})
