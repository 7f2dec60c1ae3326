import postgres, { type Sql } from 'postgres'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type BrakeAnswer, passBrake } from '../../../src/journal/orders/pass-brake.ts'
import { migrate } from '../../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../../src/node/postgres/database.ts'
import { eventually } from '../../support/eventually.ts'
import { personIdOf } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

/** Under this key a hub of before 0026 counts. */
const lockKey = 7_205_759_403

const db = await testDatabase({ empty: true })
const pool = postgres({ ...db.connection, max: 12, onnotice: () => {} })
afterAll(() => pool.end({ timeout: 5 }))
const shipped = await readMigrations()
const before = shipped.filter(({ number }) => number < numberOf('brake_turn'))

function numberOf(name: string): number {
  return shipped.find((one) => one.name.endsWith(`_${name}.sql`))?.number ?? 0
}

type Asking = (sql: Sql, name: string) => Promise<boolean>

const askNow: Asking = async (sql, name) => {
  const person = { id: personIdOf('okta', name), source: 'okta', authorityId: name }
  const limits = { people: 10, percent: 0, minutes: 10 }
  const question = { person, connector: 'auth0', direction: 'deny' as const, statusChangedAt: null, workAgeSeconds: 0 }
  return (await passBrake(sql, { ...question, limits })).pass
}

/** What a hub of before calls; `old_pass_brake` is the text of 0024, as a call that was under way at the step has it. */
const askBefore =
  (called: 'pass_brake' | 'old_pass_brake'): Asking =>
  async (sql, name) => {
    const [row] = await sql<{ answer: BrakeAnswer }[]>`
      select ${sql.unsafe(`hub.${called}`)}(${personIdOf('okta', name)}, 'okta', ${name}, 'auth0', 'deny', null, 0, 10, 0,
        100, 600, ${lockKey}) as answer`
    return row?.answer.pass === true
  }

/** A database on which a hub of before has worked, brought to the newest step. */
beforeEach(async () => {
  await db.sql`drop schema if exists hub cascade`
  await migrate(db.sql, before)
  await db.sql`insert into hub.person (id, source, authority_id) values ('per_old', 'okta', '00uold')`
  const old = before.find(({ name }) => name.endsWith('_before_the_write.sql'))?.text ?? ''
  const text = /create function hub\.pass_brake\([\s\S]*?\nend \$\$;/.exec(old)?.[0] ?? ''
  await db.sql.unsafe(text.replaceAll('pass_brake', 'old_pass_brake'))
  await migrate(db.sql, shipped)
})

describe('while hubs of before run beside new ones', () => {
  test('all of them together let exactly as many people pass as the brake allows, and none waits in a circle', async () => {
    const ways = [askNow, askBefore('pass_brake'), askBefore('old_pass_brake')]
    const people = Array.from({ length: 60 }, (_, i) => `00u${i}`)
    const passed = await Promise.all(people.map((name, i) => (ways[i % ways.length] ?? askNow)(pool, name)))
    expect(passed.filter(Boolean)).toHaveLength(10)
    expect(await db.sql`select 1 from hub.brake_reservation`).toHaveLength(10)
  })

  test('a new one waits for one that counts under the advisory lock alone', async () => {
    await expectToWait(askNow, (tx) => tx`select pg_advisory_xact_lock(${lockKey}::bigint)`)
  })

  test.each([
    { who: 'a new one', ask: askNow },
    { who: 'what a hub of before calls', ask: askBefore('pass_brake') },
  ])('$who waits for one that counts under the row’s lock', async ({ ask }) => {
    await expectToWait(ask, (tx) => tx`select 1 from hub.brake_turn for update`)
  })
})

test.each([
  { when: 'a day after the step', done: () => db.sql`update hub.brake_turn set shared_until = now()` },
  { when: 'in a database of new hubs alone', done: makeAnew },
])('$when no advisory lock is taken', async ({ done }) => {
  await done()
  await db.sql.begin(async (tx) => {
    expect(await askNow(tx as unknown as Sql, '00u1')).toBe(true)
    expect(await tx`select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`).toEqual([])
  })
})

test('without its row nobody passes', async () => {
  await db.sql`delete from hub.brake_turn`
  await expect(askNow(db.sql, '00u1')).rejects.toThrow()
})

async function makeAnew(): Promise<void> {
  await db.sql`drop schema hub cascade`
  await migrate(db.sql, shipped)
}

/** Asks while a transaction holds a lock: the answer comes when that ends, and not before. */
async function expectToWait(ask: Asking, lock: (tx: Sql) => PromiseLike<unknown>): Promise<void> {
  let answer: Promise<boolean> | undefined
  await db.sql.begin(async (tx) => {
    await lock(tx as unknown as Sql)
    answer = ask(pool, '00u1')
    await eventually(async () => {
      const waiting = await db.sql`
        select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%pass_brake%'
          and datname = current_database() and pid <> pg_backend_pid()`
      expect(waiting).toHaveLength(1)
    })
  })
  expect(await answer).toBe(true)
}
