import type { DatabaseDiagnosis } from '../http/diagnosis.ts'
import { type Migration, migrationState, type Sql, seesOwnWrites } from '../journal/index.ts'

/** The whole of the database's part takes no longer: who asks is a person. */
const databaseSeconds = 8

/** What is told of a database that cannot be asked. */
export const unreachable: DatabaseDiagnosis = {
  reachable: false,
  postgres: null,
  clockAheadMs: null,
  schema: null,
  seesOwnWrites: null,
}

/** Looks at the database through what the Worker has of it. It never rejects. */
export async function diagnoseDatabase(sql: Sql, migrations: readonly Migration[]): Promise<DatabaseDiagnosis> {
  const late = new Promise<DatabaseDiagnosis>((resolve) =>
    setTimeout(() => resolve(unreachable), databaseSeconds * 1000),
  )
  return Promise.race([lookAtDatabase(sql, migrations).catch(() => unreachable), late])
}

async function lookAtDatabase(sql: Sql, migrations: readonly Migration[]): Promise<DatabaseDiagnosis> {
  const [row] = await sql<{ version: number; ms: number }[]>`
    select current_setting('server_version_num')::integer as version,
           (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`
  // A Worker's clock stands still between answers from outside: this is the time at which the database's came.
  const clockAheadMs = row ? Math.round(row.ms - Date.now()) : null
  return {
    reachable: true,
    postgres: row ? Math.floor(row.version / 10_000) : null,
    clockAheadMs,
    schema: await migrationState(sql, migrations).then(
      ({ pending, newer }) => ({ fits: pending.length === 0, pending, newer }),
      // It throws for a schema that this code does not work with.
      () => ({ fits: false, pending: [], newer: [] }),
    ),
    // The table is made by the newest steps.
    seesOwnWrites: await seesOwnWrites(sql, crypto.randomUUID()).catch(() => null),
  }
}
