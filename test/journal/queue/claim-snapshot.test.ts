import postgres, { type Sql } from 'postgres'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim, claimProbes, takeLane } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { pause } from '../../../src/journal/queue/pause.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { until } from '../../support/eventually.ts'
import { laneOf, newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

/*
 * A statement's snapshot is older than the lane locks that it takes: meanwhile another worker may have claimed and
 * settled the lane. The locked row is then the newest one, and all else that the statement reads is as of its snapshot.
 * So what waits in a lane is read by a later statement. The mutant that each of these tests catches, every time: the
 * deliveries read in the statement that locks, as one more column behind `returning l.key, l.epoch`, such as
 *   (select jsonb_agg(… order by d.event_time, d.seq) from hub.delivery d
 *    where d.lane = l.key and d.next_attempt_at is not null) as deliveries
 * It hands out the delivery that the other worker has settled, which is then attempted twice.
 */

const db = await testDatabase()
const { sql } = db
const slow = postgres({ ...db.connection, max: 1, connection: { application_name: 'slow' }, onnotice: () => {} })

beforeEach(() => wipe(sql))
afterAll(() => slow.end({ timeout: 5 }))

const leaseSeconds = 30
const takeIt = async (by: Sql) => {
  const lane = await takeLane(by, { key: laneOf(), leaseSeconds })
  return typeof lane === 'string' ? [] : [lane]
}

/** The slow worker's statement has its snapshot, and waits for a lock. */
const slowWaits = () =>
  until(async () => {
    const rows = await sql`select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'slow' and wait_event_type = 'Lock'`
    return rows.length > 0
  })

/** Two deliveries wait in one lane. Another worker attempts the first while the slow one is at its claim. */
async function claimedAround(slowly: () => Promise<ClaimedLane[]>, goOn: () => Promise<unknown>) {
  const events = [newEvent({ kind: 'on' }), newEvent({ kind: 'on' })]
  await ingest(sql, [events])
  const [first = '', second = ''] = events.map(({ deliveries }) => deliveries[0]?.id)
  const claiming = slowly()
  await slowWaits()
  const [other] = await takeIt(sql)
  if (!other) throw new Error('The other worker did not get the lane')
  await settle(sql, settlementOf({ ...other, deliveries: other.deliveries.filter(({ id }) => id === first) }))
  await goOn()
  const [lane] = await claiming
  return { claimed: lane?.deliveries.map(({ id }) => id), epochs: [other.epoch, lane?.epoch], second }
}

/** Puts a gate before the connectors' states, which a claim reads before it locks: the slow worker waits there. */
async function makeGate(): Promise<AsyncDisposable & { open(): Promise<unknown> }> {
  const keeper = await sql.reserve()
  await keeper`select pg_advisory_lock(4711)`
  await sql`alter table hub.connector rename to connector_kept`
  await sql`create function hub.connector_gate() returns setof hub.connector_kept language plpgsql as $$
    begin
      if current_setting('application_name') = 'slow' then
        perform pg_advisory_lock_shared(4711);
        perform pg_advisory_unlock_shared(4711);
      end if;
      return query select * from hub.connector_kept;
    end $$`
  await sql`create view hub.connector as select * from hub.connector_gate()`
  return {
    open: async () => keeper`select pg_advisory_unlock(4711)`,
    async [Symbol.asyncDispose]() {
      await keeper`select pg_advisory_unlock_all()`
      keeper.release()
      await sql`drop view hub.connector`
      await sql`drop function hub.connector_gate()`
      await sql`alter table hub.connector_kept rename to connector`
    },
  }
}

test.each([
  ['claims due lanes', () => claim(slow, { limit: 10, leaseSeconds })],
  ['takes the lane of a request', () => takeIt(slow)],
])('a worker that %s is not handed what another settled between its snapshot and its lock', async (_, slowly) => {
  await using gate = await makeGate()
  const { claimed, epochs, second } = await claimedAround(slowly, gate.open)
  expect(claimed).toEqual([second])
  expect(epochs).toEqual([1, 2])
})

test('a worker that claims a probe is not handed what another settled between its snapshot and its lock', async () => {
  await pause(sql, { id: 'auth0', reason: 'refused', probeSeconds: -1 })
  const keeper = await sql.reserve()
  try {
    // Another session writes the connector's row at this moment: the probe waits for it, with its snapshot taken.
    await keeper`begin`
    await keeper`update hub.connector set reason = 'still refused'`
    const slowly = () => claimProbes(slow, { leaseSeconds, probeSeconds: 60 })
    const { claimed, epochs, second } = await claimedAround(slowly, async () => keeper`rollback`)
    expect(claimed).toEqual([second])
    expect(epochs).toEqual([1, 2])
  } finally {
    keeper.release()
  }
})
