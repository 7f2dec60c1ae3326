import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { findFailedSince, replay } from '../../../src/journal/orders/replay.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { makeDueAgain, settle } from '../../../src/journal/queue/settle.ts'
import { newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

async function claimOne(leaseSeconds = 30): Promise<ClaimedLane> {
  const [lane] = await claim(sql, { limit: 1, leaseSeconds })
  if (!lane) throw new Error('No lane is due')
  return lane
}

const isDue = async () => (await claim(sql, { limit: 1, leaseSeconds: 30 })).length > 0

/** Two deliveries, the older collapsed into the newer, both settled with this status. */
async function collapsedPair(status: 'succeeded' | 'superseded' | 'failed') {
  await ingest(sql, [[newEvent()]])
  await ingest(sql, [[newEvent()]])
  const lane = await claimOne()
  const [older, newer] = lane.deliveries
  if (!older || !newer) throw new Error('two deliveries')
  const each = { status, collapsed: [older.id] }
  await settle(sql, settlementOf({ ...lane, deliveries: [newer] }, { each }))
  return { older, newer, lane }
}

describe('replay', () => {
  test('makes a finished delivery due again, as the operator’s own attempt', async () => {
    const { newer } = await collapsedPair('failed')
    expect(await isDue()).toBe(false)
    expect(await replay(sql, { ids: [newer.id] })).toMatchObject([{ id: newer.id, from: 'failed' }])
    expect((await claimOne()).deliveries).toMatchObject([{ id: newer.id, due: true, trigger: 'manual' }])
  })

  test('makes a collapsed delivery due in its own right', async () => {
    const { older } = await collapsedPair('succeeded')
    await replay(sql, { ids: [older.id] })
    expect((await claimOne()).deliveries).toMatchObject([{ id: older.id, due: true }])
    expect([...(await sql`select collapsed_into from hub.delivery where id = ${older.id}`)]).toEqual([
      { collapsed_into: null },
    ])
  })

  test('never runs a superseded delivery again', async () => {
    const { older, newer } = await collapsedPair('superseded')
    expect(await replay(sql, { ids: [older.id, newer.id] })).toEqual([])
    expect(await isDue()).toBe(false)
  })

  test('finds what failed since a time, each run once', async () => {
    const { newer } = await collapsedPair('failed')
    expect(await findFailedSince(sql, new Date(Date.now() - 60_000).toISOString())).toEqual([newer.id])
    expect(await findFailedSince(sql, new Date(Date.now() + 60_000).toISOString())).toEqual([])
  })
})

describe('a worker that was fenced out', () => {
  test('makes its person planned again though a newer delivery has taken its own in', async () => {
    await ingest(sql, [[newEvent()]])
    const stale = await claimOne(0.1)
    await ingest(sql, [[newEvent()]])
    await sleep(150)
    const fresh = await claimOne()
    const [older, newer] = fresh.deliveries
    if (!older || !newer) throw new Error('two deliveries')
    await settle(sql, settlementOf({ ...fresh, deliveries: [newer] }, { each: { collapsed: [older.id] } }))
    expect(await isDue()).toBe(false)

    // Only now its last write may have landed at the vendor.
    await makeDueAgain(sql, { lane: stale.key, deliveryIds: stale.deliveries.map(({ id }) => id) })
    expect((await claimOne()).deliveries).toMatchObject([{ id: newer.id, due: true }])
  })
})
