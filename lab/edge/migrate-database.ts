import postgres from 'postgres'
import { migrate } from '../../src/journal/index.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'

/** Brings the schema up to date, as `npm run hub -- migrate` does: a Worker never migrates. */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 })
  await migrate(sql, await readMigrations()).finally(() => sql.end({ timeout: 5 }))
}
