import { expect, test } from 'vitest'
import { diagnoseDatabase } from '../../src/cloudflare/diagnose-database.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { cacheSelects } from '../support/caching-pooler.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const empty = await testDatabase({ empty: true })
const migrations = await readMigrations()
const fits = { fits: true, pending: [], newer: [] }

test.each([
  ['migrated', db.sql, { schema: fits, seesOwnWrites: true }],
  ['read through a cache', cacheSelects(db.sql), { schema: fits, seesOwnWrites: false }],
  ['empty', empty.sql, { schema: { fits: false }, seesOwnWrites: null }],
])('of a database that is %s it tells version, clock, schema and cache', async (_, sql, expected) => {
  const told = await diagnoseDatabase(sql, migrations)
  expect(told).toMatchObject({ reachable: true, postgres: expect.any(Number), ...expected })
  expect(Math.abs(told.clockAheadMs ?? Number.NaN)).toBeLessThan(5000)
})
