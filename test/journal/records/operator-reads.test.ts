import postgres, { type Sql } from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { listOperatorReads } from '../../../lab/bench/growth-reads.ts'
import { fillJournal, grownPerson } from '../../../lab/bench/growth-rows.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

/*
 * Counted by PostgreSQL itself, as in queue/by-key.test.ts: rows that a scan read, and entries that an index gave. The
 * rows were just loaded and are never analyzed, which is the worst that plans can be made from. Mutants that it catches:
 * an operator's read that is not bound by key, one whose index of migrations 0028 to 0030 is missing, a count without its
 * limit, and a walk that goes over its rows twice.
 */

/** Counts stop at 1,000 of a status; a page looks at up to some hundreds more than it shows. A walk has its own limit. */
const mostByKey = 6000

const sizes = [{ rows: 0 }, { rows: 100 }, { rows: 100_000 }]
const databases = await Promise.all(sizes.map(() => testDatabase()))
const connections = databases.map(({ connection }) => postgres({ ...connection, max: 1, onnotice: () => {} }))
afterAll(() => Promise.all(connections.map((sql) => sql.end({ timeout: 5 }))))

test.each(sizes.map((size, i) => ({ ...size, connection: databases[i]?.connection, sql: connections[i] })))(
  'what an operator asks reads a bounded number of rows among $rows that were just loaded',
  async ({ rows, connection, sql }) => {
    if (!connection || !sql) throw new Error('There is no connection.')
    await load(connection, rows)
    await expect.poll(() => countOthers(sql)).toBe(0)
    const since = new Date(Date.now() - 3_600_000 - dayMs / 100).toISOString()
    const unbounded: Record<string, number> = {}
    for (const { name, walks = 0, read } of listOperatorReads(sql, { since })) {
      const before = await countRead(sql)
      await read().catch(refuseUnlessUnknown)
      const count = (await countRead(sql)) - before
      // The key, the delivery and its event, each once.
      if (count > 3 * walks + mostByKey) unbounded[name] = count
    }
    expect(unbounded).toEqual({})
  },
  180_000,
)

const dayMs = 86_400_000

/** An empty journal knows nobody, and says so. */
function refuseUnlessUnknown(thrown: unknown): void {
  if (!(thrown instanceof Error && /^(Nobody is known|No event has)/.test(thrown.message))) throw thrown
}

/** Over connections that are closed then: PostgreSQL adds what it counted of one when it likes, and at the latest then. */
async function load(connection: TestDatabase['connection'], rows: number): Promise<void> {
  const sql = postgres({ ...connection, max: 4, onnotice: () => {} })
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'hub'`
  for (const { name } of tables) await sql`alter table hub.${sql(name)} set (autovacuum_enabled = off)`
  await fillJournal(sql, { rows, people: Math.ceil(rows / 5) })
  // Of all that is held, one waits for an operator.
  await sql`insert into hub.hold (person, connector, direction, why)
    select person, connector, 'deny', 'brake' from hub.delivery where status = 'held' limit 1`
  await loadFacts(sql, Math.floor(rows / 10))
  await loadActs(sql, rows)
  await sql.end()
}

/** Facts of other people: what was asked for under their e-mails, given to them, adopted, undone, and left alone. */
async function loadFacts(sql: Sql, count: number): Promise<void> {
  const each = sql`from generate_series(1, ${count}) as i join hub.person p on p.id = ${grownPerson(5).id}`
  const email = sql`format('{"request":{"subject":{"email":"asked%s@acme-demo.test"}}}', i)::json`
  await sql`
    insert into hub.delivery (id, event_id, lane, connector, kind, direction, hint, event_time, status, settled_at, request)
    select 'dlv_00' || i, (select id from hub.event limit 1), 'target/' || i, 'target', 'provision', 'allow', 'allow', now(),
      'succeeded', now(), ${email} ${each}`
  await sql`
    insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, had_before, ended_at)
    select 'grt_' || i, p.id, 'target', 'lumos', 'dlv_00' || i, i::text, '{}', '{}', false,
      case when i % 2 = 0 then now() - interval '30 days' end ${each}`
  await sql`insert into hub.sighting (person, kind, connector, value)
    select p.id, kind, 'target', 'user' || i from unnest(array['adopted', 'link']) as kind, (select i, p.id ${each}) p`
  await sql`insert into hub.reversal (person, connector, target, at)
    select p.id, 'target', i::text, now() - interval '30 days' ${each}`
  await sql`insert into hub.event_key (source, external_id, event_id)
    select 'hub', 'hub.alert.new_account:target user' || i || ':' || p.id, (select id from hub.event limit 1) ${each}`
}

/** What the hub decided about others, and what operators ordered of them. */
async function loadActs(sql: Sql, count: number): Promise<void> {
  await sql`
    insert into hub.audit (id, actor, role, way, act, targets)
    select 'aud_' || i, 'x', 'x', case when i % 2 = 0 then 'hub' else 'cli' end, case when i % 2 = 0 then 'held' else 'replay' end,
      array['per_' || i, 'dlv_' || i]
    from generate_series(1, ${count}) as i`
}

async function countOthers(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`
  return row?.count ?? Number.NaN
}

async function countRead(sql: Sql): Promise<number> {
  await sql`select pg_stat_force_next_flush()`
  const [row] = await sql<{ count: number }[]>`
    select ((select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'hub')
      + (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'hub'))::float8 as count`
  return row?.count ?? Number.NaN
}
