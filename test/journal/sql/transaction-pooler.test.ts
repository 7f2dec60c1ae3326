import postgres, { type TransactionSql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST } from '../../../lab/simulators/seed.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { makeJournal, migrate, transactionPooler } from '../../../src/journal/index.ts'
import { readMigrations } from '../../../src/node/postgres/database.ts'
import { orderHeld } from '../../../src/operate/brake-orders.ts'
import { startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { lacksPgBouncer, type PgBouncer, startPgBouncer, throughPooler } from '../../support/pgbouncer.ts'
import { testDatabase } from '../../support/postgres.ts'

/** What another client of the same role has left in the sessions. PgBouncer itself mends the last two. */
const left = {
  plan_cache_mode: 'force_generic_plan',
  enable_indexscan: 'off',
  enable_nestloop: 'off',
  enable_bitmapscan: 'off',
  search_path: 'nowhere',
  statement_timeout: '20s',
  lock_timeout: '15s',
  // With plans forbidden, PostgreSQL 15 takes each statement for dear, and would compile it for seconds.
  jit: 'off',
  bytea_output: 'escape',
  IntervalStyle: 'sql_standard',
  idle_in_transaction_session_timeout: '1h',
  DateStyle: 'SQL, DMY',
  TimeZone: 'Asia/Kolkata',
}

const connections = 2
const title = lacksPgBouncer ?? `two connections to PostgreSQL, in sessions that another client left its settings in`

describe.skipIf(lacksPgBouncer !== null)(`through PgBouncer in transaction mode: ${title}`, () => {
  let pooler: PgBouncer
  let db: Awaited<ReturnType<typeof testDatabase>>
  beforeAll(async () => {
    db = await testDatabase()
    pooler = await startPgBouncer({ url: db.url, poolSize: connections })
    await inEachSession(pooler, async (tx) => {
      for (const [name, value] of Object.entries(left)) await tx.unsafe(`set ${name} = '${value}'`)
    })
  })
  afterAll(() => pooler?.stop())

  test('many hooks are journaled, and everybody in them is locked out, by more connections than there are', async () => {
    await using crowd = await startMovingCrowd(60)
    const settings = { HUB_BRAKE_PEOPLE: '0' }
    const hub = { db: throughPooler(db, pooler), tenants: crowd.tenants, settings, concurrency: 16 }
    await using one = await startHub(hub)
    await using two = await startHub(hub)
    await Promise.all(crowd.ids.map((id, i) => crowd.change(i % 2 ? one : two, [id])))
    await settled(one, { succeeded: 60 })
    expect(crowd.lockedOut()).toHaveLength(60)
  })

  test('the brake stops two hubs at the very threshold, and an operator releases the rest', async () => {
    await clear()
    await using crowd = await startMovingCrowd(16)
    const settings = { HUB_BRAKE_PEOPLE: '10' }
    const hub = { db: throughPooler(db, pooler), tenants: crowd.tenants, settings, concurrency: 12 }
    await using one = await startHub(hub)
    await using two = await startHub(hub)
    await Promise.all([crowd.change(one, crowd.ids.slice(0, 8)), crowd.change(two, crowd.ids.slice(8))])
    await settled(one, { succeeded: 10, held: 6 })
    expect(crowd.lockedOut()).toHaveLength(10)
    await orderHeld(
      { journal: one.journal, clock: systemClock },
      { kind: 'release', whom: null, direction: null, reason: 'HR', ...operator() },
    )
    await settled(one, { succeeded: 16 })
  })

  test('what a platform asks for is granted, listed as on a direct connection, and taken away', async () => {
    await clear()
    await using stage = await setInlineStage({ db: throughPooler(db, pooler) })
    expect((await stage.ask('provision', lumosBody())).status).toBe(204)
    expect(stage.vault.held.size).toBe(1)
    const { records, access, orders } = stage.hub.journal
    const direct = makeJournal(db.sql)
    const [delivery] = await records.listDeliveries({ limit: 10 })
    const people = await records.findPeople(CAST.lena.email)
    expect(people).toHaveLength(1)
    expect(await records.findPeople(CAST.lena.email)).toEqual(await direct.records.findPeople(CAST.lena.email))
    expect(await records.listDeliveries({ limit: 10 })).toEqual(await direct.records.listDeliveries({ limit: 10 }))
    expect(await records.showDelivery(delivery?.id ?? '')).toEqual(
      await direct.records.showDelivery(delivery?.id ?? ''),
    )
    expect(await orders.listHolds()).toEqual(await direct.orders.listHolds())
    const of = { person: people[0]?.id ?? '' }
    expect(await access.listGrants(of)).toHaveLength(1)
    expect(await access.listGrants(of)).toEqual(await direct.access.listGrants(of))
    expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
    await eventually(() => expect(stage.vault.held.size).toBe(0))
  })

  test('nothing that the hub did stays in a session: no setting, statement, lock or channel', async () => {
    await inEachSession(pooler, async (tx) => {
      const rows = await tx<{ name: string }[]>`select name from pg_settings where source = 'session'`
      // These are what PgBouncer keeps for each of its clients.
      const tracked = ['application_name', 'client_encoding', 'standard_conforming_strings', 'DateStyle', 'TimeZone']
      const names = [...Object.keys(left), ...tracked]
      expect(rows.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([])
      for (const name of ['plan_cache_mode', 'search_path', 'statement_timeout', 'lock_timeout'] as const) {
        expect(await tx`select current_setting(${name}) as value`).toEqual([{ value: left[name] }])
      }
      expect(await tx`select name from pg_prepared_statements`).toEqual([])
      expect(await tx`select pg_listening_channels()`).toEqual([])
      expect(await tx`select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`).toEqual([])
    })
  })

  async function clear(): Promise<void> {
    await wipe(db.sql)
    await db.sql`truncate hub.brake_reservation, hub.hold cascade`
  }
})

describe.skipIf(lacksPgBouncer !== null)(
  `migrations through PgBouncer (${lacksPgBouncer ?? 'two connections'})`,
  () => {
    test('are applied once by two hubs that start at the same moment, whatever limit of time the session has', async () => {
      const db = await testDatabase({ empty: true })
      const pooler = await startPgBouncer({ url: db.url, poolSize: connections })
      await inEachSession(pooler, (tx) => tx`set statement_timeout = '1s'`)
      const slow = { number: 1, name: '0001_slow.sql', text: 'select pg_sleep(1.5); create table public.once ()' }
      const hubs = [1, 2].map(() => postgres(pooler.url, { ...transactionPooler, max: 3, onnotice: () => {} }))
      const applied = await Promise.all(hubs.map((sql) => migrate(sql, [slow])))
      expect(applied.flat().map(({ name }) => name)).toEqual(['0001_slow.sql'])
      await db.sql`drop schema hub cascade`
      const shipped = await readMigrations()
      const all = await Promise.all(hubs.map((sql) => migrate(sql, shipped)))
      expect(all.flat()).toHaveLength(shipped.length)
      await Promise.all(hubs.map((sql) => sql.end()))
      await pooler.stop()
    })
  },
)

/** Does something on each connection that the pooler has to the server: a transaction holds each until all are held. */
async function inEachSession({ url }: PgBouncer, work: (tx: TransactionSql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { ...transactionPooler, max: connections, onnotice: () => {} })
  const { promise: allHeld, resolve: markAllHeld } = Promise.withResolvers<void>()
  const held = new Set<number>()
  const hold = () =>
    sql.begin(async (tx) => {
      const [{ pid } = { pid: 0 }] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
      held.add(pid)
      if (held.size === connections) markAllHeld()
      await allHeld
      await work(tx)
    })
  await Promise.all(Array.from({ length: connections }, hold))
  await sql.end()
}

function settled(hub: TestHub, expected: Record<string, number>): Promise<void> {
  return eventually(
    async () => {
      const counts: Record<string, number> = {}
      for (const { status } of await hub.deliveries()) counts[status] = (counts[status] ?? 0) + 1
      expect(counts).toEqual(expected)
    },
    { withinSeconds: 30 },
  )
}
