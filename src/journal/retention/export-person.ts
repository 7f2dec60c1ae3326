import type { JsonObject } from '../../core/json.ts'
import type { PersonRow } from '../records/people.ts'
import type { Sql } from '../sql/sql.ts'
import { findTraces, type Traces } from './find-traces.ts'
import { personalTables } from './personal-tables.ts'

/** The rows of one table. */
export type ExportedTable = { table: string; rows: JsonObject[] }

/** Hashes of credentials, and what hides erased words from whoever tries short ones: they say nothing of a person. */
const unshown = ['hash', 'salt']

/** So much one export holds in memory, where it has to share that with hooks: rows, and bytes of bodies. */
export type ExportBounds = { rows: number; bytes: number }

/**
 * Reads all that the journal has of a person, table by table, as it is stored. Null: it is more than fits; whoever acted at
 * the authority is named in every body of what they did.
 */
export async function exportPerson(
  sql: Sql,
  person: PersonRow,
  bounds?: ExportBounds,
): Promise<ExportedTable[] | null> {
  const traces = await findTraces(sql, person)
  if (bounds && !(await isWithin(sql, traces, bounds))) return null
  const tables: ExportedTable[] = []
  for (const [table, isTheirs] of Object.entries(personalTables)) {
    const rows = await sql<{ row: JsonObject }[]>`
      select to_jsonb(t) - ${[...unshown]}::text[] as row from ${sql('hub')}.${sql(table)} t where ${isTheirs(sql, traces)}`
    tables.push({ table, rows: rows.map(({ row }) => row) })
  }
  return tables
}

async function isWithin(sql: Sql, { events, deliveries }: Traces, { rows, bytes }: ExportBounds): Promise<boolean> {
  if (events.length + deliveries.length > rows) return false
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(coalesce(octet_length(data::text), 0) + coalesce(octet_length(raw), 0)), 0)::float8 as bytes
    from hub.event where id = any(${events})`
  return (row?.bytes ?? 0) <= bytes
}
