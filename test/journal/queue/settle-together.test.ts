import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { FencedOutError } from '../../../src/core/errors.ts'
import { makeId } from '../../../src/core/id.ts'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { makeSettle } from '../../../src/journal/queue/settle.ts'
import type { Settlement } from '../../../src/journal/queue/settlement.ts'
import { newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

const claimed = async (people: readonly string[], connectors = ['auth0']) => {
  await ingest(sql, [people.flatMap((person) => connectors.map((connector) => newEvent({ person, connector })))])
  return claim(sql, { limit: 100, leaseSeconds: 30 })
}

const withAttempt = (lane: ClaimedLane, rest: Partial<Settlement> = {}): Settlement => {
  const attempt = {
    id: makeId('att'),
    deliveryId: lane.deliveries[0]?.id ?? '',
    number: 1,
    trigger: 'scheduled' as const,
  }
  const came = { startedAt: new Date().toISOString(), durationMs: 1, outcome: 'succeeded' as const, error: null }
  return settlementOf(lane, {
    attempts: [{ ...attempt, ...came, state: null, changes: [], conflicts: [], calls: null, stack: null }],
    ...rest,
  })
}

const countLeft = async () => {
  const [row] = await sql<{ left: number }[]>`select count(*)::int as left from hub.lane where next_at is not null`
  return row?.left
}

const people = Array.from({ length: 12 }, (_, i) => `00u${i}`)

describe('settlements at the same moment', () => {
  test('share a transaction, the first aside', async () => {
    const lanes = await claimed(people)
    const settle = makeSettle(sql)
    await Promise.all(lanes.map((lane) => settle(withAttempt(lane))))
    const written = await sql`select distinct xmin::text from hub.attempt`
    expect(written.length).toBeLessThanOrEqual(2)
    expect(await countLeft()).toBe(0)
  })

  test('are written though one of them was fenced out, and of that one nothing is', async () => {
    const lanes = await claimed(people)
    const settle = makeSettle(sql)
    const [stale] = lanes
    await sql`update hub.lane set epoch = epoch + 1 where key = ${stale?.key ?? ''}`
    const results = await Promise.allSettled(
      lanes.map((lane) =>
        settle(withAttempt(lane, { sightings: [{ kind: 'email', value: `${lane.key}@acme.test` }] })),
      ),
    )
    expect(results[0]).toMatchObject({ status: 'rejected', reason: expect.any(FencedOutError) })
    expect(results.slice(1).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await sql`select 1 from hub.attempt`).toHaveLength(people.length - 1)
    expect(await sql`select 1 from hub.sighting where value = ${`${stale?.key}@acme.test`}`).toHaveLength(0)
    expect(await countLeft()).toBe(1)
  })

  test('of one lane that is nobody’s are written apart: who was fenced out does not take the other along', async () => {
    await ingest(sql, [[newEvent({ person: null, kind: 'on' })]])
    const [before] = await claim(sql, { limit: 1, leaseSeconds: 0 })
    const [now] = await claim(sql, { limit: 1, leaseSeconds: 30 })
    if (!before || !now) throw new Error('a lane')
    const settle = makeSettle(sql)
    const results = await Promise.allSettled([settle(withAttempt(before)), settle(withAttempt(now))])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await sql`select 1 from hub.attempt`).toHaveLength(1)
    expect(await countLeft()).toBe(0)
  })

  test('are written though PostgreSQL refuses one of them', async () => {
    const lanes = await claimed(people)
    const settle = makeSettle(sql)
    const results = await Promise.allSettled(
      lanes.map((lane, i) => settle(i === 3 ? settlementOf(lane, { each: { rechecks: 2 ** 40 } }) : withAttempt(lane))),
    )
    expect(results.map(({ status }) => status === 'rejected')).toEqual(lanes.map((_, i) => i === 3))
    expect(await countLeft()).toBe(1)
  })

  test('wait for nobody’s lock on one of them', async () => {
    const lanes = await claimed(people)
    const settle = makeSettle(sql)
    const [held, ...others] = lanes
    if (!held) throw new Error('a lane')
    let late: Promise<void> | undefined
    await sql.begin(async (tx) => {
      await tx`select 1 from hub.lane where key = ${held.key} for update`
      late = settle(withAttempt(held))
      await Promise.all(others.map((lane) => settle(withAttempt(lane))))
      expect(await countLeft()).toBe(1)
    })
    await late
    expect(await countLeft()).toBe(0)
  })

  test('of the same people by several hubs never deadlock', async () => {
    const deadlocks = async () => {
      await sleep(1100)
      const [row] = await sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`
      return row?.n
    }
    const before = await deadlocks()
    const hubs = [makeSettle(sql), makeSettle(sql), makeSettle(sql)]
    for (let round = 0; round < 10; round++) {
      const lanes = await claimed(people, ['auth0', 'badge', 'relay'])
      // Each hub has the lanes of one connector, in an order of its own.
      await Promise.all(
        ['auth0', 'badge', 'relay'].flatMap((connector, i) => {
          const mine = lanes.filter((lane) => lane.connector === connector)
          const turned = i % 2 === 0 ? mine : mine.toReversed()
          return turned.map((lane) => hubs[i]?.(withRead(lane)))
        }),
      )
    }
    expect(await deadlocks()).toBe(before)
    expect(await countLeft()).toBe(0)
  })
})

/** With all that is written of a person whom every connector's lanes share. */
function withRead(lane: ClaimedLane): Settlement {
  const authorityId = lane.person?.authorityId ?? ''
  const state = {
    ...{ authorityId, status: 'DEPROVISIONED', access: 'deny' as const, statusChangedAt: null },
    ...{ emails: [], logins: [], readAt: new Date().toISOString() },
  }
  const values = ['a', 'b'].map((name) => `${name}.${authorityId}@acme.test`)
  const sightings = values.map((value) => ({ kind: 'email' as const, value }))
  return withAttempt(lane, { person: { id: lane.person?.id ?? '', state }, sightings })
}
