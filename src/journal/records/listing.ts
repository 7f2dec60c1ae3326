import { selectCallers } from '../queue/select-callers.ts'
import type { Sql } from '../sql/sql.ts'
import type { HeldResync, ListingMode } from './source.ts'

/** Counted over all processes that had a part in it. `denied`: of those listed, whom the authority denies. */
export type ListingCounts = { pages: number; listed: number; queued: number; denied: number }

/** How far a listing has come. */
export type Listing = ListingCounts & {
  mode: ListingMode
  since: string | null
  begunAt: string
  /** The database's time at which the pass over the list began: what changed before it will have been listed. */
  startedAt: string
  /** What the authority's connector said of where the next page begins; null: at the first one. */
  position: string | null
  /** Every page was listed. */
  isListed: boolean
}

export type KeptListing = Listing & { keptSecondsAgo: number }

export async function readListing(
  sql: Sql,
  { id, mode }: { id: string; mode: ListingMode },
): Promise<KeptListing | null> {
  const [row] = await sql<KeptListing[]>`
    select mode, since, begun_at as "begunAt", started_at as "startedAt", position, is_listed as "isListed", pages, listed,
      queued, denied, extract(epoch from now() - kept_at)::float8 as "keptSecondsAgo"
    from hub.listing where source = ${id} and mode = ${mode}`
  return row ?? null
}

/** Begins a pass over the list: who came in an earlier one is forgotten. False: the lease was lost. */
export async function startListing(sql: Sql, held: HeldResync, listing: Listing): Promise<boolean> {
  const { mode, since, begunAt, startedAt } = listing
  const started = await sql`
    with held as materialized (
      select id from hub.source where id = ${held.id} and epoch = ${held.epoch} for update
    ), forgotten as (
      delete from hub.listed where source in (select id from held) and mode = ${mode}
    )
    insert into hub.listing (source, mode, since, begun_at, started_at)
    select id, ${mode}, ${since}, ${begunAt}, ${startedAt} from held
    on conflict (source, mode) do update set since = excluded.since, begun_at = excluded.begun_at,
      started_at = excluded.started_at, kept_at = now(), position = null, is_listed = false, pages = 0, listed = 0,
      queued = 0, denied = 0`
  return started.count === 1
}

/**
 * Notes how far it has come, with who came since the last note, and renews the lease. What is noted was queued before:
 * a process that dies in between queues a page twice. False: the lease was lost, and nothing is noted.
 */
export async function keepListing(
  sql: Sql,
  { id, epoch }: HeldResync,
  { listing, came, leaseSeconds }: { listing: Listing; came: readonly string[]; leaseSeconds: number },
): Promise<boolean> {
  const { mode, position, isListed, pages, listed, queued, denied } = listing
  const [row] = await sql<{ kept: number }[]>`
    with held as (
      update hub.source set lease_until = now() + make_interval(secs => ${leaseSeconds})
      where id = ${id} and epoch = ${epoch} returning id
    ), kept as (
      update hub.listing l set kept_at = now(), position = ${position}, is_listed = ${isListed}, pages = ${pages},
        listed = ${listed}, queued = ${queued}, denied = ${denied}
      from held where l.source = held.id and l.mode = ${mode} returning l.source
    ), noted as (
      insert into hub.listed (source, mode, authority_id)
      select kept.source, ${mode}, came.id from kept, unnest(${[...new Set(came)]}::text[]) as came (id)
      order by came.id on conflict do nothing
    )
    select count(*)::int as kept from kept`
  return row?.kept === 1
}

/**
 * People whom this hub has read before and does not hold for gone, or who have a token or a session of it, and who did not come in the
 * list.
 */
export async function listMissing(
  sql: Sql,
  { id, mode, limit }: { id: string; mode: ListingMode; limit: number },
): Promise<string[]> {
  const isMissing = sql`not exists (
    select 1 from hub.listed l where l.source = ${id} and l.mode = ${mode} and l.authority_id = k.authority_id)`
  // Each of the two by itself, so that as many rows are read as are asked for.
  const rows = await sql<{ authorityId: string }[]>`
    select authority_id as "authorityId" from (
      (select k.authority_id from hub.person k
        where k.source = ${id} and k.state is not null and k.state ->> 'status' <> 'gone' and ${isMissing}
        order by k.authority_id limit ${limit})
      union
      (select k.authority_id from ${selectUnreadCallers(sql, id)} k where ${isMissing}
        order by k.authority_id limit ${limit})
    ) missing
    order by authority_id limit ${limit}`
  return rows.map(({ authorityId }) => authorityId)
}

/** People of this source who have a token or a session of this hub, and whom it has never read. */
function selectUnreadCallers(sql: Sql, id: string) {
  return sql`(
    select distinct c.authority_id from ${selectCallers(sql)} c
    where c.source = ${id} and not exists (
      select 1 from hub.person p
      where p.source = c.source and p.authority_id = c.authority_id and p.state is not null))`
}

/**
 * Which of these this hub has read before and does not hold for gone, with the status it read last; null: it has read none,
 * and they have a token or a session of it.
 */
export async function readKnownStatuses(
  sql: Sql,
  { id, authorityIds }: { id: string; authorityIds: readonly string[] },
): Promise<Map<string, string | null>> {
  const asked = [...authorityIds]
  const rows = await sql<{ authorityId: string; status: string | null }[]>`
    select authority_id as "authorityId", state ->> 'status' as status from hub.person
    where source = ${id} and authority_id = any(${asked}::text[]) and state is not null
      and state ->> 'status' <> 'gone'
    union
    select c.authority_id, null from ${selectUnreadCallers(sql, id)} c where c.authority_id = any(${asked}::text[])`
  return new Map(rows.map(({ authorityId, status }) => [authorityId, status]))
}

/** The place is no good, its authority says: the next process begins the list anew. */
export async function forgetPosition(sql: Sql, { id, epoch }: HeldResync, mode: ListingMode): Promise<void> {
  await sql`
    update hub.listing l set position = null, is_listed = false from hub.source s
    where s.id = ${id} and s.epoch = ${epoch} and l.source = s.id and l.mode = ${mode}`
}
