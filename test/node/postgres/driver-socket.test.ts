import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { openLine } from '../../../lab/chaos/line.ts'
import { driverTypes } from '../../../src/journal/index.ts'
import { makeDatabaseSockets } from '../../../src/node/postgres/driver-socket.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const patience = { silenceSeconds: Number.POSITIVE_INFINITY }
const sockets = makeDatabaseSockets({ tls: 'off', patience })
const options = {
  max: 4,
  fetch_types: false,
  types: driverTypes,
  ...{ socket: sockets },
  ssl: false,
  onnotice: () => {},
}
const sql = postgres({ ...db.connection, ...options, connection: { application_name: 'victim' } })
afterAll(() => sql.end({ timeout: 1 }))

const work = (pool: Sql) =>
  pool.begin(async (tx) => {
    await tx`select 1`
    await tx`select pg_sleep(0.01)`
    return (await tx<{ one: number }[]>`select cardinality(${['a', 'b "c"', 'd\\']}::text[]) as one`)[0]?.one
  })

test('sessions that end in the midst of transactions refuse them, and the pool goes on with new ones', async () => {
  const outcomes: string[] = []
  for (let round = 0; round < 30; round++) {
    const running = Promise.allSettled(Array.from({ length: 6 }, () => work(sql)))
    await sleep(round % 12)
    await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`
    outcomes.push(...(await running).map(({ status }) => status))
  }
  expect(outcomes).toContain('rejected')

  const after = await Promise.allSettled(Array.from({ length: 20 }, () => work(sql)))
  expect(after.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(10)
  expect(await work(sql)).toBe(3)
})

test('a server that has gone without a word is given up after the time set, and a new connection takes its place', async () => {
  await using line = await openLine(db.connection.path)
  const { username, password, database } = db.connection
  const through = postgres({ ...options, max: 1, host: '127.0.0.1', port: line.port, username, password, database })
  expect(await work(through)).toBe(3)

  patience.silenceSeconds = 0.3
  line.forget()
  // Others go on asking on the dead connection meanwhile, which must not keep it alive.
  const others = setInterval(() => void through`select 1`.catch(() => {}), 50)
  await expect(work(through)).rejects.toThrow('has not answered for 0.3 s')
  clearInterval(others)
  expect(await work(through)).toBe(3)
  await through.end({ timeout: 1 })
})
