import type { AnySql } from '../sql/sql.ts'

/** What the journal knows of its own gaps, for each source of people. All times are the database's. */
export type CoverageRow = {
  source: string
  /** When a hub first looked after the source. */
  knownSince: string
  /** A hub was last listening then. */
  aliveAt: string | null
  heardAt: string | null
  /** Who changed up to then was looked at, heard or not. */
  resyncedTo: string | null
  /** When everybody was first listed, and when what was found was first carried out. */
  fullLookAt: string | null
  fullAppliedAt: string | null
  now: string
}

/** Reads since when, and up to when, the journal has what happened at each source of which it knows people. */
export async function readCoverage(sql: AnySql): Promise<CoverageRow[]> {
  return sql<CoverageRow[]>`
    select s.id as source, s.known_since as "knownSince", s.alive_at as "aliveAt", s.heard_at as "heardAt",
      s.resynced_to as "resyncedTo", s.full_look_at as "fullLookAt", s.full_applied_at as "fullAppliedAt", now() as now
    from hub.source s where exists (select 1 from hub.person p where p.source = s.id) order by s.id`
}

/** When the oldest event of which the journal still has the row came; null: there is none. */
export async function readOldestEventTime(sql: AnySql): Promise<string | null> {
  const [row] = await sql<{ at: string }[]>`select received_at as at from hub.event order by received_at limit 1`
  return row?.at ?? null
}
