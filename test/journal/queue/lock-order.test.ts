import postgres from 'postgres'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { renew } from '../../../src/journal/queue/prepare.ts'
import { toSettlementRow } from '../../../src/journal/queue/settlement-row.ts'
import type { Sql } from '../../../src/journal/sql/sql.ts'
import { until } from '../../support/eventually.ts'
import { laneOf, newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

/*
 * Who locks several lanes locks them by their keys, wherever their rows lie. The mutant that this catches: without its
 * `order by l.key collate "C"` such a statement locks in the order of the table's pages, and the newer of two lanes last.
 */

const db = await testDatabase()
const { sql } = db
const other = postgres({ ...db.connection, max: 1, connection: { application_name: 'other' }, onnotice: () => {} })

beforeEach(() => wipe(sql))
afterAll(() => other.end({ timeout: 5 }))

const settle = (by: Sql, lanes: readonly ClaimedLane[]) => {
  const rows = JSON.stringify(lanes.map((lane) => toSettlementRow(settlementOf(lane))))
  return by`select hub.settle_together(${rows}::text::jsonb, true)`
}

test.each([
  { who: 'Who settles several lanes', lock: settle },
  {
    who: 'Who renews several leases',
    lock: (by: Sql, lanes: readonly ClaimedLane[]) => renew(by, { lanes, leaseSeconds: 30 }),
  },
])('$who waits for the first by key before it locks another', async ({ lock }) => {
  await ingest(sql, [[newEvent({ person: '00u9' })]])
  await ingest(sql, [[newEvent({ person: '00u1' })]])
  const lanes = await claim(sql, { limit: 2, leaseSeconds: 30 })
  expect(lanes).toHaveLength(2)
  let locking: Promise<unknown> | undefined
  await sql.begin(async (tx) => {
    await tx`select 1 from hub.lane where key = ${laneOf({ about: '00u1' })} for update`
    locking = Promise.resolve(lock(other, lanes)).catch(() => {})
    await until(async () => {
      const waits = await sql`select 1 from pg_stat_activity
        where datname = current_database() and application_name = 'other' and wait_event_type = 'Lock'`
      return waits.length > 0
    })
    await tx`select 1 from hub.lane where key = ${laneOf({ about: '00u9' })} for update nowait`
  })
  await locking
})
