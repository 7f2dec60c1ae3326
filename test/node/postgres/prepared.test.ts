import { expect, test } from 'vitest'
import { defaultPolicy } from '../../../src/core/policy.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { openDatabase } from '../../../src/node/postgres/database.ts'
import { newEvent, settlementOf } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

test.each([
  { query: '', isPrepared: true },
  { query: '&prepare=false', isPrepared: false },
])('the journal does the same with statements prepared and not: DATABASE_URL with "$query"', async (one) => {
  const db = await testDatabase()
  const settings = { DATABASE_URL: db.url + one.query, HUB_CONCURRENCY: 1 }
  const database = await openDatabase({ settings, log })
  try {
    const { queue } = makeJournal(database.sql)
    await queue.ingest([newEvent({ person: '00u1' }), newEvent({ person: '00u2' })])
    const { provisionalDeny } = defaultPolicy
    for (let i = 0; i < 2; i++) {
      const lanes = await queue.claim({ limit: 1, leaseSeconds: 30, provisionalDeny })
      expect(lanes).toHaveLength(1)
      await Promise.all(lanes.map((lane) => queue.settle(settlementOf(lane))))
    }
    expect(await db.sql`select 1 from hub.delivery where status = 'succeeded'`).toHaveLength(2)
    // Each connection tells of its own.
    const told = await Promise.all(
      Array.from({ length: 5 }, () => database.sql`select statement from pg_prepared_statements`),
    )
    const claims = told.flat().filter(({ statement }) => String(statement).includes('hub.claim'))
    expect(claims.length > 0).toBe(one.isPrepared)
  } finally {
    await database.close()
  }
})
