import { randomBytes } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, inject } from 'vitest'
import { driverTypes } from '../../src/journal/index.ts'
import { makeConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import type { EmbeddedConnection } from '../../src/node/postgres/session.ts'

export type TestDatabase = {
  /** For pools of one's own: `postgres({ ...db.connection, max: 4 })`. */
  connection: EmbeddedConnection & { types: typeof driverTypes }
  /** For child processes: the same as a DATABASE_URL. */
  url: string
  sql: Sql
}

/**
 * A migrated, empty database for this test file, dropped after it. Call it at the top of the file or in `beforeAll`:
 * `const db = await testDatabase()`. `empty` leaves out the schema.
 */
export async function testDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject('postgres')
  const database = `test_${randomBytes(6).toString('hex')}`
  const admin = postgres({ ...server, database: 'postgres', max: 1, onnotice: () => {} })
  await admin`create database ${admin(database)} template ${admin(empty ? 'template1' : 'bellhop_template')}`
  await admin.end()
  const connection = { ...server, database, types: driverTypes }
  const sql = postgres({ ...connection, max: 10, onnotice: () => {} })
  afterAll(async () => {
    await sql.end({ timeout: 5 })
    await drop(server, database)
  })
  return { connection, url: makeConnectionUrl(connection), sql }
}

async function drop(server: EmbeddedConnection, database: string): Promise<void> {
  const admin = postgres({ ...server, database: 'postgres', max: 1, onnotice: () => {} })
  // Whatever a test left connected must not keep its database.
  await admin`drop database ${admin(database)} with (force)`
  await admin.end()
}
