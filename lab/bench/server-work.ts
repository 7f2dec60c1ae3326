import type { Sql } from '../../src/journal/index.ts'

/** What a whole PostgreSQL wrote since its start: its log (WAL), and how many pages of it whole (full-page images). */
export type ServerWork = { logBytes: number; wholePages: number }

/** Backends tell their numbers late, but at their end at the latest: ask before they begin and after they have ended. */
export async function readServerWork(sql: Sql): Promise<ServerWork> {
  const [work] = await sql<ServerWork[]>`
    select wal_bytes::float8 as "logBytes", wal_fpi::float8 as "wholePages" from pg_stat_wal`
  return work ?? { logBytes: 0, wholePages: 0 }
}
