import type { JsonObject } from '../../core/json.ts'
import type { PersonRow } from '../records/people.ts'
import type { Sql } from '../sql/sql.ts'
import { findTraces } from './find-traces.ts'
import { personalTables } from './personal-tables.ts'

/** The rows of one table. */
export type ExportedTable = { table: string; rows: JsonObject[] }

/** Reads all that the journal has of a person, table by table, as it is stored. */
export async function exportPerson(sql: Sql, person: PersonRow): Promise<ExportedTable[]> {
  const traces = await findTraces(sql, person)
  const tables: ExportedTable[] = []
  for (const [table, isTheirs] of Object.entries(personalTables)) {
    const rows = await sql<{ row: JsonObject }[]>`
      select to_jsonb(t) as row from ${sql('hub')}.${sql(table)} t where ${isTheirs(sql, traces)}`
    tables.push({ table, rows: rows.map(({ row }) => row) })
  }
  return tables
}
