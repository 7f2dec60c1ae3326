import postgres, { type Sql } from 'postgres'
import { afterAll, expect, test } from 'vitest'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { passBrake } from '../../../src/journal/orders/pass-brake.ts'
import { claim, claimNamed, claimProbes, takeLane } from '../../../src/journal/queue/claim.ts'
import { readSecondsUntilDue } from '../../../src/journal/queue/due-lanes.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { pause, resume } from '../../../src/journal/queue/pause.ts'
import { prepare, renew } from '../../../src/journal/queue/prepare.ts'
import { makeRecordDenial } from '../../../src/journal/queue/record-denial.ts'
import { makeDueAgain, makeSettle } from '../../../src/journal/queue/settle.ts'
import type { Settlement } from '../../../src/journal/queue/settlement.ts'
import { newEvent, settlementOf } from '../../support/journal-rows.ts'
import { lacksPgBouncer, startPgBouncer, throughPooler } from '../../support/pgbouncer.ts'
import { testDatabase } from '../../support/postgres.ts'

/*
 * Counted by PostgreSQL itself, in the tables that grow: rows that a scan read (`seq_tup_read`), and entries that an
 * index gave (`idx_tup_read`). The tables grow under one connection, are never analyzed, and what was planned while
 * they were empty stays planned. Mutants that it catches: a function of 0023 without its `set enable_seqscan = off`, and
 * the claim of what is no denial by `lane_group_due`, which walks over all denials that are due.
 *
 * An index also gives entries of rows that are dead, as long as any transaction in this PostgreSQL could still see
 * them; other tests have such transactions open. So its bounds are wide, and far below a walk over 50,000 denials.
 */

const grown = [
  'person',
  'sighting',
  'event',
  'event_key',
  'delivery',
  'lane',
  'attempt',
  'verification',
  'owed',
  'hold',
  'brake_reservation',
]

const people = 10
const limits = { people: 20, percent: 1, minutes: 10 }

const db = await testDatabase()
const open = (prepare: boolean) => postgres({ ...db.connection, max: 1, prepare, onnotice: () => {} })
const pooler = lacksPgBouncer === null ? await startPgBouncer({ url: db.url, poolSize: 1 }) : null
const connections = [
  { how: 'prepared', sql: open(true) },
  { how: 'unprepared', sql: open(false) },
  // Not without PgBouncer: see `lacksPgBouncer`.
  ...(pooler ? [{ how: 'through a pooler', sql: postgres({ ...throughPooler(db, pooler).connection, max: 1 }) }] : []),
]
afterAll(async () => {
  await Promise.all(connections.map(({ sql }) => sql.end({ timeout: 5 })))
  await pooler?.stop()
})

test.each([{ rows: 0 }, { rows: 100 }, { rows: 100_000 }])(
  'a settled delivery reads a bounded number of rows among $rows that were just loaded, prepared or not, behind a pooler too',
  async ({ rows }) => {
    await load(db.sql, rows)
    for (const { how, sql } of connections) {
      // People are counted for the brake every two seconds, and not for each of them: that is not counted here.
      await lookAgain(sql, await deliver(sql, `first ${how} of ${rows}`))
      await db.sql`update hub.brake_measure set counted_at = now() + interval '1 hour'`
      const before = await readCounts(sql)
      const lanes = await deliver(sql, `then ${how} of ${rows}`)
      const settled = await readCounts(sql)
      await lookAgain(sql, lanes)
      const after = await readCounts(sql)
      await lookByName(sql, lanes)
      const named = await readCounts(sql)
      expect(settled.scanned - before.scanned, how).toBeLessThan(people)
      expect(settled.found - before.found, how).toBeLessThan(people * 1_000)
      expect(after.scanned - settled.scanned, how).toBeLessThan(people)
      expect(after.found - settled.found, how).toBeLessThan(people * 1_000)
      expect(named.scanned - after.scanned, how).toBeLessThan(people)
      expect(named.found - after.found, how).toBeLessThan(people * 1_000)
    }
  },
  120_000,
)

/** People of whom each was denied once, has a second denial due now, and was looked at; half of it due, half to come. */
async function load(sql: Sql, rows: number): Promise<void> {
  for (const table of grown) await sql`alter table ${sql(`hub.${table}`)} set (autovacuum_enabled = off)`
  const each = sql`from generate_series(1, ${rows}) as i`
  const name = sql`${`old${rows}_`}::text || i`
  const at = sql`now() + (i % 2) * interval '1 day' - interval '1 hour'`
  await sql`insert into hub.person (id, source, authority_id, state, denied_at)
    select ${name}, 'okta', ${name}, '{"access":"deny"}', now() ${each}`
  await sql`insert into hub.sighting (person, kind, value) select ${name}, 'email', ${name} || '@acme.test' ${each}`
  await sql`insert into hub.verification (person, connector, ids_at) select ${name}, 'auth0', ${at} ${each}`
  await sql`insert into hub.hold (person, connector, direction, why) select ${name}, 'auth0', 'deny', 'brake' ${each}`
  await sql`insert into hub.event_key (source, external_id, event_id) select 'okta', ${name}, ${name} ${each}`
  await sql`insert into hub.event (id, source, external_id, type, person, time, received_at, data)
    select ${name}, 'okta', ${name}, 'user.lifecycle.deactivate', ${name}, ${at}, now(), '{}' ${each}`
  const columns = sql`id, event_id, lane, connector, person, kind, direction, hint, event_time, status, next_attempt_at`
  const row = sql`${name}, 'auth0/okta/' || ${name}, 'auth0', ${name}, 'sync', 'deny', 'deny', ${at}`
  await sql`insert into hub.delivery (${columns}) select ${name}, ${row}, 'pending', ${at} ${each}`
  await sql`insert into hub.delivery (${columns}) select ${name} || 'held', ${row}, 'held', null ${each}`
  await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome)
    select ${name}, ${name}, 1, 'scheduled', now(), 1, 'succeeded' ${each}`
  await sql`insert into hub.lane (key, connector, authority, person, next_at, deny_next_at)
    select 'auth0/okta/' || ${name}, 'auth0', 'okta', ${name}, ${at}, ${at} ${each}`
  await sql`insert into hub.brake_reservation (person, direction, expected) select ${name}, 'deny', true ${each}`
}

/** The way of a few people's deliveries through the journal, with one change each, as the engine has it. */
async function deliver(sql: Sql, name: string): Promise<ClaimedLane[]> {
  const hints = ['deny', 'neutral'] as const
  const events = Array.from({ length: people }, (_, i) =>
    newEvent({ person: `${name} ${i}`, hint: hints[i % 2] ?? 'deny' }),
  )
  await ingest(sql, [events])
  await readSecondsUntilDue(sql, 5)
  const lanes = await claim(sql, { limit: people, leaseSeconds: 30 })
  expect(lanes).toHaveLength(people)
  const settle = makeSettle(sql)
  const settlements: Settlement[] = []
  for (const lane of lanes) settlements.push(await writeFor(sql, lane))
  await Promise.all(settlements.map(settle))
  return lanes
}

/** What a Worker does right after a hook: it claims the lanes that the hook woke. */
async function lookByName(sql: Sql, lanes: readonly ClaimedLane[]): Promise<void> {
  const settle = makeSettle(sql)
  for (const { key, deliveries } of lanes) {
    await makeDueAgain(sql, { lane: key, deliveryIds: deliveries.map(({ id }) => id) })
    const [named, ...others] = await claimNamed(sql, { keys: [key, 'auth0/okta/nobody'], limit: 10, leaseSeconds: 30 })
    if (named?.key !== key || others.length > 0) throw new Error(`Not ${key} alone was claimed.`)
    await settle(settlementOf(named))
  }
}

/** What is not done for every delivery: a second look, by the process that holds a request, and then as a probe. */
async function lookAgain(sql: Sql, lanes: readonly ClaimedLane[]): Promise<void> {
  const settle = makeSettle(sql)
  for (const { key, connector, deliveries } of lanes) {
    const again = { lane: key, deliveryIds: deliveries.map(({ id }) => id) }
    await makeDueAgain(sql, again)
    const taken = await takeLane(sql, { key, leaseSeconds: 30 })
    if (typeof taken === 'string') throw new Error(taken)
    expect(await renew(sql, { lanes: [taken], leaseSeconds: 30 })).toBe(true)
    await settle(settlementOf(taken))
    await makeDueAgain(sql, again)
    await pause(sql, { id: connector, reason: 'refused', probeSeconds: 0 })
    const probes = await claimProbes(sql, { leaseSeconds: 30, probeSeconds: 60 })
    expect(probes).toHaveLength(1)
    await resume(sql, [connector])
    await Promise.all(probes.map((lane) => settle(settlementOf(lane))))
  }
}

async function writeFor(sql: Sql, lane: ClaimedLane): Promise<Settlement> {
  const person = lane.person ?? { id: '', source: '', authorityId: '' }
  const { connector } = lane
  const asked = { person, connector, statusChangedAt: null, workAgeSeconds: 0, limits }
  await passBrake(sql, { ...asked, direction: 'deny' })
  const change = { direction: 'deny' as const, target: `auth0|${person.id}`, action: 'revoke', summary: 'Revoke.' }
  const owed = [{ ...change, before: {}, after: {}, owed: true }]
  const targets = [change.target]
  const leased = await prepare(sql, { lane, connector, person: person.id, targets, links: [], owed, leaseSeconds: 30 })
  const state = {
    ...{ authorityId: person.authorityId, status: 'DEPROVISIONED', access: 'deny' as const, statusChangedAt: null },
    ...{ emails: [], logins: [], readAt: new Date().toISOString() },
  }
  const told = { ...newEvent({ person: person.authorityId }), person, deliveries: [] }
  await makeRecordDenial(sql)({ person: person.id, state, lane, event: told })
  return settlementOf(lane, {
    targets: leased ?? [],
    person: { id: person.id, state },
    sightings: [{ kind: 'email', value: `${person.id}@acme.test` }],
    owedDone: [{ target: change.target, action: change.action, note: null }],
    hold: { person: person.id, connector, delivery: '', hold: null, over: true },
    provisional: { kind: 'over' },
    observed: false,
    verified: { access: 'deny', looks: ['ids', 'search'], seen: true, reversed: [], takenUp: [] },
    each: { sync: true },
  })
}

async function readCounts(sql: Sql): Promise<{ scanned: number; found: number }> {
  await sql`select pg_stat_force_next_flush()`
  const [row] = await sql<{ scanned: number; found: number }[]>`
    select (select sum(seq_tup_read)::float8 from pg_stat_user_tables
        where schemaname = 'hub' and relname in ${sql(grown)}) as scanned,
      (select sum(idx_tup_read)::float8 from pg_stat_user_indexes
        where schemaname = 'hub' and relname in ${sql(grown)}) as found`
  return row ?? { scanned: Number.NaN, found: Number.NaN }
}
