import type { Sql } from '../sql/sql.ts'
import type { ListingCounts } from './listing.ts'
import type { ListingMode } from './source.ts'

/** A listing that has begun and not got through, whether a process is at it or the next one will go on. */
export type OpenListing = ListingCounts & { mode: ListingMode; since: string | null; begunAt: string }

/** How a source's resync stands. `isRunning`: a process holds its lease. */
export type ResyncState = { id: string; isRunning: boolean; listings: OpenListing[] }

/** Reads of every source whether it is being resynced, and what was begun. */
export async function readResyncs(sql: Sql): Promise<ResyncState[]> {
  return sql<ResyncState[]>`
    select s.id, coalesce(s.lease_until > now(), false) as "isRunning",
      (select coalesce(jsonb_agg(jsonb_build_object('mode', l.mode, 'since', hub.iso_time(l.since),
          'begunAt', hub.iso_time(l.begun_at), 'pages', l.pages, 'listed', l.listed, 'queued', l.queued, 'denied', l.denied)
        order by l.mode), '[]') from hub.listing l where l.source = s.id) as listings
    from hub.source s order by s.id`
}
