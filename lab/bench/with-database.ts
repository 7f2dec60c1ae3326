import { silentLog } from '../../src/core/log.ts'
import type { Sql } from '../../src/journal/index.ts'
import { openDatabase } from '../../src/node/postgres/database.ts'

/** Opens a database as the hub does, with the migrations that it needs, and closes it when the work is done. */
export async function withDatabase<T>(databaseUrl: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const database = await openDatabase({ settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: 16 }, log: silentLog })
  return work(database.sql).finally(database.close)
}
