import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type TransactionSql } from 'postgres'
import { beforeEach, describe, expect, test } from 'vitest'
import { FencedOutError } from '../../../src/core/errors.ts'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { readSecondsUntilDue } from '../../../src/journal/queue/due-lanes.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { renew } from '../../../src/journal/queue/prepare.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { laneOf, newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(() => wipe(sql))

const claimAll = (leaseSeconds = 30) => claim(sql, { limit: 100, leaseSeconds })

async function claimOne(leaseSeconds = 30): Promise<ClaimedLane> {
  const [lane] = await claimAll(leaseSeconds)
  if (!lane) throw new Error('No lane is due')
  return lane
}

const statusOf = async (id: string | undefined) =>
  (await sql`select status from hub.delivery where id = ${id ?? ''}`)[0]?.status

/** The first deliveries that are due: one journaled in the very moment of the claim may be seen a millisecond early. */
function dueHead({ deliveries }: ClaimedLane, most: number) {
  const waiting = deliveries.findIndex(({ due }) => !due)
  return deliveries.slice(0, waiting < 0 ? most : Math.min(most, waiting))
}

describe('claimers, settlers and ingesters at once', () => {
  test('attempt every delivery once, in order within a person, and lose no wake-up', async () => {
    const people = 12
    const total = 600
    const pool = postgres({ ...db.connection, max: 12, onnotice: () => {} })
    const attempted = new Map<string, string[]>()
    const startedAt = Date.now()

    const bring = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const time = new Date(startedAt + i).toISOString()
        await ingest(pool, [[newEvent({ person: `00u${i % people}`, kind: 'on', time })]])
      }
    }
    let settled = 0
    const work = async () => {
      while (settled < total && Date.now() < startedAt + 40_000) {
        const lanes = await claim(pool, { limit: 3, leaseSeconds: 30 })
        if (lanes.length === 0) await sleep(2)
        for (const lane of lanes) {
          const done = dueHead(lane, 2)
          attempted.set(lane.key, [...(attempted.get(lane.key) ?? []), ...done.map(({ id }) => id)])
          await settle(pool, settlementOf({ ...lane, deliveries: done }))
          settled += done.length
        }
      }
    }
    // One person's events come one after another, so that their order is known.
    const bringers = Array.from({ length: 4 }, (_, i) => bring((i * total) / 4, ((i + 1) * total) / 4))
    await Promise.all([...bringers, ...Array.from({ length: 6 }, work)])
    await pool.end()

    const rows = await sql<{ lane: string; ids: string[] }[]>`
      select lane, array_agg(id order by seq) as ids from hub.delivery group by lane`
    for (const { lane, ids } of rows) {
      expect(attempted.get(lane)?.toSorted()).toEqual(ids.toSorted())
    }
    expect(rows.flatMap(({ ids }) => ids)).toHaveLength(total)
    expect([...(await sql`select key from hub.lane where next_at is not null or lease_until is not null`)]).toEqual([])
  })

  test('keep the order of one person’s events', async () => {
    const seen: string[] = []
    const all = Array.from({ length: 60 }, (_, i) => `2026-08-01T10:00:${String(i).padStart(2, '0')}.000Z`)
    const bring = async () => {
      for (const time of all) await ingest(sql, [[newEvent({ kind: 'on', time })]])
    }
    const work = async () => {
      while (seen.length < all.length) {
        for (const lane of await claim(sql, { limit: 1, leaseSeconds: 30 })) {
          const head = dueHead(lane, 1)
          seen.push(...head.map(({ event }) => new Date(event.time).toISOString()))
          await settle(sql, settlementOf({ ...lane, deliveries: head }))
        }
      }
    }
    await Promise.all([bring(), work(), work(), work()])
    expect(seen).toEqual(all)
  })
})

describe('a wake-up', () => {
  test('is not lost when an event is being journaled while its lane settles', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne()
    const late = newEvent()
    let settling: Promise<void> | undefined
    await sql.begin(async (tx) => {
      // What ingest does, held open between its last statement and its commit.
      await journalByHand(tx, late)
      settling = settle(sql, settlementOf(lane))
      await sleep(150)
    })
    await settling
    const [next] = await claimAll()
    expect(next?.deliveries.map(({ id }) => id)).toEqual([late.deliveries[0]?.id])
  })

  test('is not lost when a lane is being settled while an event is journaled', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne()
    const late = newEvent()
    let ingesting: Promise<unknown> | undefined
    await sql.begin(async (tx) => {
      // What settle does, held open between its last statement and its commit.
      await tx`select hub.fence(array[${lane.key}], array[${lane.epoch}::bigint])`
      await tx`update hub.delivery set status = 'succeeded', next_attempt_at = null where lane = ${lane.key}`
      ingesting = ingest(sql, [[late]])
      await sleep(150)
      expect((await tx`select id from hub.delivery where status = 'pending'`).length).toBe(0)
      await tx`update hub.lane set lease_until = null, next_at = null where key = ${lane.key}`
    })
    await ingesting
    const [next] = await claimAll()
    expect(next?.deliveries.map(({ id }) => id)).toEqual([late.deliveries[0]?.id])
  })

  test('reaches a lane in backoff', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne()
    await settle(sql, settlementOf(lane, { each: { status: 'pending', waitSeconds: 3600 } }))
    expect(await claimAll()).toEqual([])
    await ingest(sql, [[newEvent()]])
    expect((await claimOne()).deliveries.map(({ due }) => due)).toEqual([false, true])
  })

  test('comes when the earliest wait ends, and is known beforehand', async () => {
    expect(await readSecondsUntilDue(sql, 60)).toBe(60)
    await ingest(sql, [[newEvent()]])
    expect(await readSecondsUntilDue(sql, 60)).toBe(0)
    await settle(sql, settlementOf(await claimOne(), { each: { status: 'pending', waitSeconds: 20 } }))
    const seconds = await readSecondsUntilDue(sql, 60)
    expect(seconds).toBeGreaterThan(15)
    expect(seconds).toBeLessThanOrEqual(20)
    await sql`update hub.delivery set next_attempt_at = now()`
    await sql`update hub.lane set next_at = now()`
    await claimOne(40)
    // A lane that a worker holds is not due before the lease ends.
    expect(await readSecondsUntilDue(sql, 60)).toBeGreaterThan(30)
  })
})

describe('a run', () => {
  test('settles only what was claimed before it looked', async () => {
    await ingest(sql, [[newEvent(), newEvent()]])
    const lane = await claimOne()
    const late = newEvent()
    await ingest(sql, [[late]])
    const [older, newest] = lane.deliveries
    await settle(
      sql,
      settlementOf({ ...lane, deliveries: lane.deliveries.slice(1) }, { each: { collapsed: older ? [older.id] : [] } }),
    )
    expect(await statusOf(older?.id)).toBe('succeeded')
    expect(await statusOf(newest?.id)).toBe('succeeded')
    expect(await statusOf(late.deliveries[0]?.id)).toBe('pending')
    expect((await claimOne()).deliveries.map(({ id }) => id)).toEqual([late.deliveries[0]?.id])
  })

  test('is handed what waits for `on` in the order of events, whatever came first', async () => {
    const later = newEvent({ kind: 'on', time: '2026-08-01T10:00:05.000Z' })
    const earlier = newEvent({ kind: 'on', time: '2026-08-01T10:00:00.000Z' })
    await ingest(sql, [[later]])
    await ingest(sql, [[earlier]])
    const ids = [earlier, later].map(({ deliveries }) => deliveries[0]?.id)
    expect((await claimOne()).deliveries.map(({ id }) => id)).toEqual(ids)
  })

  test('takes over what another left when its lease ended, and is told so', async () => {
    await ingest(sql, [[newEvent()]])
    const first = await claimOne(0.2)
    expect(first.takenOver).toBe(false)
    expect(await claimAll()).toEqual([])
    await sleep(250)
    const second = await claimOne()
    expect(second).toMatchObject({ key: first.key, takenOver: true, epoch: first.epoch + 1 })
    await settle(sql, settlementOf(second, { each: { status: 'pending', waitSeconds: 0 } }))
  })

  test('remembers a takeover for one lease, though the first run after it did not get through', async () => {
    await ingest(sql, [[newEvent()]])
    await claimOne(0.2)
    await sleep(250)
    const second = await claimOne(0.4)
    await settle(sql, settlementOf(second, { each: { status: 'pending', waitSeconds: 0 } }))
    const third = await claimOne(0.4)
    expect(third.takenOver).toBe(true)
    await settle(sql, settlementOf(third, { each: { status: 'pending', waitSeconds: 0 } }))
    await sleep(450)
    expect((await claimOne(0.4)).takenOver).toBe(false)
  })

  test('writes nothing once another has taken its lane over', async () => {
    await ingest(sql, [[newEvent()]])
    const stale = await claimOne(0.1)
    await sleep(150)
    const fresh = await claimOne()
    const late = settle(
      sql,
      settlementOf(stale, { sightings: [{ kind: 'email', value: 'late@acme.test' }], owedDropped: true }),
    )
    await expect(late).rejects.toBeInstanceOf(FencedOutError)
    expect(await statusOf(stale.deliveries[0]?.id)).toBe('pending')
    expect((await sql`select 1 from hub.sighting`).length).toBe(0)
    expect(await renew(sql, { lanes: [stale], leaseSeconds: 30 })).toBe(false)
    await expect(settle(sql, settlementOf(fresh))).resolves.toBeUndefined()
  })

  test('keeps its lane for as long as it renews', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne(0.3)
    for (let i = 0; i < 4; i++) {
      await sleep(150)
      expect(await renew(sql, { lanes: [lane], leaseSeconds: 0.3 })).toBe(true)
      expect(await claimAll()).toEqual([])
    }
    await settle(sql, settlementOf(lane))
    expect(await statusOf(lane.deliveries[0]?.id)).toBe('succeeded')
  })

  test('leases nothing by a renewal that comes after its settlement, so that the next news of the person waits for no lease', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne()
    await settle(sql, settlementOf(lane))
    expect(await renew(sql, { lanes: [lane], leaseSeconds: 30 })).toBe(false)
    await ingest(sql, [[newEvent()]])
    expect((await claimOne()).takenOver).toBe(false)
  })

  test('settles whatever text a vendor sends, a NUL and half a surrogate pair included', async () => {
    await ingest(sql, [[newEvent()]])
    const lane = await claimOne()
    const odd = 'a\u0000b\ud83dc \\u0000 "\\'
    await settle(sql, settlementOf(lane, { each: { error: odd }, sightings: [{ kind: 'login', value: odd }] }))
    const [row] = await sql`select last_error, (select value from hub.sighting) as sighting from hub.delivery`
    const clean = 'a\ufffdb\ufffdc \\u0000 "\\'
    expect(row).toEqual({ last_error: clean, sighting: clean })
  })
})

/** The statements of an ingest, by hand: lane, then delivery. */
async function journalByHand(tx: TransactionSql, event: ReturnType<typeof newEvent>): Promise<void> {
  const [delivery] = event.deliveries
  await tx`update hub.lane set next_at = least(next_at, now()) where key = ${laneOf()}`
  await tx`insert into hub.event (id, source, external_id, type, time, received_at)
    values (${event.id}, 'okta', ${event.externalId}, 't', now(), now())`
  await tx`insert into hub.delivery (id, event_id, lane, connector, kind, direction, hint, event_time, next_attempt_at)
    values (${delivery?.id ?? ''}, ${event.id}, ${laneOf()}, 'auth0', 'sync', 'deny', 'deny', now(), now())`
}
