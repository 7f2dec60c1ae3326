import { resolve } from 'node:path'
import postgres from 'postgres'
import type { HubSettings } from '../core/hub-settings.ts'
import type { Log } from '../core/log.ts'
import { checkMigrated, type Migration, migrate } from '../journal/migrate.ts'
import type { Sql } from '../journal/sql.ts'
import { connectionOptions } from './connection-url.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { readMigrations } from './migrations.ts'

export type ConnectedDatabase = {
  sql: Sql
  /** For journaling hooks alone. */
  ingestSql: Sql
  /** Where it is, without a password. */
  description: string
  /** What the schema should be made of. */
  migrations: readonly Migration[]
  close(): Promise<void>
}

export type Database = ConnectedDatabase & { ready(): Promise<void> }

/** As many as there are transactions of the group commit in flight. */
const ingestConnections = 2

type DatabaseQuestion = {
  settings: Pick<HubSettings, 'DATABASE_URL' | 'HUB_CONCURRENCY'>
  log: Log
  /** Where the embedded database lives. */
  folder?: string
}

/** Opens the journal's database, migrated: the one of DATABASE_URL, or the embedded one of the working directory. */
export async function openDatabase(question: DatabaseQuestion): Promise<Database> {
  const connected = await connectDatabase(question)
  const { sql, migrations } = connected
  await migrate(sql, migrations).catch(async (thrown) => {
    await connected.close()
    throw thrown
  })
  return { ...connected, ready: () => checkMigrated(sql, migrations) }
}

/** The same database as it is: whoever only looks must not change the schema under a hub that runs. */
export async function connectDatabase({
  settings,
  log,
  folder = '.bellhop',
}: DatabaseQuestion): Promise<ConnectedDatabase> {
  const migrations = await readMigrations()
  const embedded = settings.DATABASE_URL ? null : await startEmbeddedPostgres({ folder: resolve(folder), log })
  const { url, options } = connectionOptions(settings.DATABASE_URL ?? embedded?.url ?? '')
  const shared = {
    ...options,
    connect_timeout: 5,
    // Notices are PostgreSQL's chatter about what exists already.
    onnotice: () => {},
    connection: { application_name: 'bellhop' },
  }
  // A prepared statement keeps the plan it got while a table was small, and later reads that table whole: claiming and
  // settling plan anew each time. Journaling is one hot statement that only looks up keys, and has connections of its
  // own, so that no hook waits behind deliveries.
  const sql = postgres(url, { ...shared, prepare: false, max: Math.min(settings.HUB_CONCURRENCY + 4, 20) })
  const ingestSql = postgres(url, { ...shared, max: ingestConnections })
  return {
    sql,
    ingestSql,
    migrations,
    description: embedded ? `embedded PostgreSQL in ${resolve(folder)}` : `PostgreSQL at ${new URL(url).host}`,
    async close() {
      await Promise.all([sql.end({ timeout: 5 }), ingestSql.end({ timeout: 5 })])
      await embedded?.stop()
    },
  }
}
