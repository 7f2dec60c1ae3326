import { resolve } from 'node:path'
import postgres from 'postgres'
import type { HubSettings } from '../core/hub-settings.ts'
import type { Log } from '../core/log.ts'
import { checkMigrated, migrate } from '../journal/migrate.ts'
import type { Sql } from '../journal/sql.ts'
import { connectionOptions } from './connection-url.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { readMigrations } from './migrations.ts'

export type Database = {
  sql: Sql
  /** Where it is, without a password. */
  description: string
  ready(): Promise<void>
  close(): Promise<void>
}

/** Opens the journal's database, migrated: the one of DATABASE_URL, or the embedded one of the working directory. */
export async function openDatabase({
  settings,
  log,
}: {
  settings: Pick<HubSettings, 'DATABASE_URL' | 'HUB_CONCURRENCY'>
  log: Log
}): Promise<Database> {
  const embedded = settings.DATABASE_URL ? null : await startEmbeddedPostgres({ folder: resolve('.bellhop'), log })
  const { url, options } = connectionOptions(settings.DATABASE_URL ?? embedded?.url ?? '')
  const sql = postgres(url, {
    ...options,
    max: Math.min(settings.HUB_CONCURRENCY + 4, 20),
    connect_timeout: 5,
    // Notices are PostgreSQL's chatter about what exists already.
    onnotice: () => {},
    connection: { application_name: 'bellhop' },
  })
  const migrations = await readMigrations()
  await migrate(sql, migrations)
  return {
    sql,
    description: embedded ? `embedded PostgreSQL in ${resolve('.bellhop')}` : new URL(url).host,
    ready: async () => {
      await checkMigrated(sql, migrations)
    },
    async close() {
      await sql.end({ timeout: 5 })
      await embedded?.stop()
    },
  }
}
