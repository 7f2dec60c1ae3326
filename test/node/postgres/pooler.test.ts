import { describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { openDatabase } from '../../../src/node/postgres/database.ts'
import { formatStartFailure } from '../../../src/node/start-failure.ts'
import { newEvent, settlementOf } from '../../support/journal-rows.ts'
import { lacksPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import { testDatabase } from '../../support/postgres.ts'

describe.skipIf(lacksPgBouncer !== null)(
  `behind PgBouncer in transaction mode (${lacksPgBouncer ?? 'installed'})`,
  () => {
    test('journals, claims and settles over two connections', async () => {
      const db = await testDatabase()
      const pooler = await startPgBouncer({ url: db.url, poolSize: 2 })
      const settings = { DATABASE_URL: pooler.url, HUB_DATABASE_POOLER: 'transaction' as const, HUB_CONCURRENCY: 16 }
      const database = await openDatabase({ settings, log: silentLog })
      try {
        const { queue } = makeJournal(database.sql)
        await queue.ingest(Array.from({ length: 50 }, (_, i) => newEvent({ person: `00u${i}` })))
        const lanes = await queue.claim({ limit: 100, leaseSeconds: 30, provisionalDeny: false })
        expect(lanes).toHaveLength(50)
        await Promise.all(lanes.map((lane) => queue.settle(settlementOf(lane))))
        expect(await db.sql`select 1 from hub.delivery where status = 'succeeded'`).toHaveLength(50)
      } finally {
        await database.close()
        await pooler.stop()
      }
    })

    test('is refused without the setting, by a message that names it', async () => {
      const db = await testDatabase()
      const pooler = await startPgBouncer({ url: db.url, poolSize: 2 })
      const settings = { DATABASE_URL: pooler.url, HUB_CONCURRENCY: 1 }
      const thrown = await openDatabase({ settings, log: silentLog }).catch((error: unknown) => error)
      expect(formatStartFailure(thrown)).toMatch(
        /pooler[\s\S]*refuses the startup parameter[\s\S]*HUB_DATABASE_POOLER=transaction/,
      )
      await pooler.stop()
    })
  },
)
