import { personId } from '../../core/id.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import type { PersonState } from '../../core/person.ts'
import { toAuditJson } from '../audit/write-audit.ts'
import { type Sql, toCleanRows } from '../sql/sql.ts'

export type SourceRow = {
  id: string
  knownSince: string
  aliveAt: string | null
  heardAt: string | null
  resyncedTo: string | null
  comparedAt: string | null
  /** When everybody at the authority was first listed and planned, and when that was first carried out. */
  fullLookAt: string | null
  fullAppliedAt: string | null
  /** Since when it is tried to list who changed; null: that is not under way. */
  listingSince: string | null
  /** The database's time of this answer, which all of the above are to be measured by. */
  now: string
}

/** Notes that a hub is listening, and when each source was last heard, and returns what was known before. */
export async function recordHeartbeat(
  sql: Sql,
  sources: readonly { id: string; heardSecondsAgo: number | null }[],
): Promise<SourceRow[]> {
  const before = await readSources(
    sql,
    sources.map(({ id }) => id),
  )
  await sql`
    insert into hub.source as s (id, alive_at, heard_at)
    select id, now(), now() - make_interval(secs => ago)
    from unnest(${sources.map(({ id }) => id)}::text[], ${sources.map((one) => one.heardSecondsAgo)}::float8[]) as r (id, ago)
    order by id
    on conflict (id) do update set alive_at = excluded.alive_at, heard_at = greatest(s.heard_at, excluded.heard_at)`
  return before
}

/** A source that is not known yet has every time null. */
export async function readSources(sql: Sql, ids: readonly string[]): Promise<SourceRow[]> {
  return sql<SourceRow[]>`
    select asked.id, coalesce(s.known_since, now()) as "knownSince", s.alive_at as "aliveAt",
      s.heard_at as "heardAt", s.resynced_to as "resyncedTo",
      s.compared_at as "comparedAt", s.full_look_at as "fullLookAt", s.full_applied_at as "fullAppliedAt",
      l.begun_at as "listingSince", now() as now
    from unnest(${[...ids]}::text[]) with ordinality as asked (id, place)
    left join hub.source s on s.id = asked.id
    left join hub.listing l on l.source = asked.id and l.mode = 'changed'
    order by asked.place`
}

/** Every source that a hub has ever looked after. */
export async function readAllSources(sql: Sql): Promise<SourceRow[]> {
  const rows = await sql<{ id: string }[]>`select id from hub.source order by id`
  return readSources(
    sql,
    rows.map(({ id }) => id),
  )
}

/** A resync that this process holds: no other process begins one until it is ended, or its lease runs out. */
export type HeldResync = { id: string; epoch: number }

export type BegunResync = HeldResync & {
  /** The database's time at which it began: what changed before it will have been listed. */
  startedAt: string
  resyncedTo: string | null
  comparedAt: string | null
  aliveAt: string | null
}

type ResyncBeginning = {
  id: string
  leaseSeconds: number
  /** Who ordered it, and what of; absent: the hub does it by itself, which is no act. */
  order?: { operator: Operator; reason: string | null; facts: JsonObject } | undefined
}

/** Null when another process is at it. */
export async function beginResync(sql: Sql, { id, leaseSeconds, order }: ResyncBeginning): Promise<BegunResync | null> {
  const entry = order
    ? toAuditJson(order.operator, { act: 'resync', targets: [id], facts: order.facts, words: { reason: order.reason } })
    : null
  const [row] = await sql<(Omit<BegunResync, 'epoch'> & { epoch: string })[]>`
    with begun as (
    insert into hub.source as s (id, lease_until, epoch)
    values (${id}, now() + make_interval(secs => ${leaseSeconds}), 1)
    on conflict (id) do update set lease_until = excluded.lease_until, epoch = s.epoch + 1
    where s.lease_until is null or s.lease_until <= now()
    returning id, epoch, now() as "startedAt", resynced_to as "resyncedTo", compared_at as "comparedAt",
      alive_at as "aliveAt"
    ), written as materialized (
      select hub.write_audit(${entry}::text::jsonb) from begun where ${entry}::text is not null
    )
    select begun.* from begun left join written on true`
  return row ? { ...row, epoch: Number(row.epoch) } : null
}

/** False when the lease was lost, since another process is at it now, or was given back: this resync has ended. */
export async function renewResync(
  sql: Sql,
  { id, epoch, leaseSeconds }: HeldResync & { leaseSeconds: number },
): Promise<boolean> {
  const renewed = await sql`
    update hub.source set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where id = ${id} and epoch = ${epoch} and lease_until is not null`
  return renewed.count === 1
}

/** What a listing is for; each has a place of its own. `since`: an operator named the time. */
export type ListingMode = 'changed' | 'since' | 'full' | 'plan' | 'compare'

type EndedResync = HeldResync & {
  /** Set when every change between these two was queued; a gap before it is not papered over. */
  covered: { from: string | null; to: string } | null
  /** Set when every known id was compared with the full list, at this time. */
  comparedAt: string | null
  /** Set when everybody at the authority was listed: only planned, or carried out too. */
  fullLook?: 'planned' | 'applied' | null
  /** The listing that got through: its place is forgotten. */
  done?: ListingMode | null
}

/** Ends a resync, whether it got through (`covered`) or not. */
export async function endResync(
  sql: Sql,
  { id, epoch, covered, comparedAt, fullLook = null, done = null }: EndedResync,
): Promise<void> {
  await sql`
    with ended as (
    update hub.source
    set lease_until = null,
      full_look_at = case when ${fullLook !== null} then coalesce(full_look_at, now()) else full_look_at end,
      full_applied_at = case when ${fullLook === 'applied'} then coalesce(full_applied_at, now()) else full_applied_at end, compared_at = coalesce(${comparedAt}::timestamptz, compared_at),
      resynced_to = case
        when ${covered === null} then resynced_to
        when resynced_to is null or ${covered?.from ?? null}::timestamptz is null
          or ${covered?.from ?? null}::timestamptz <= resynced_to
        then greatest(resynced_to, ${covered?.to ?? null}::timestamptz)
        else resynced_to
      end
    where id = ${id} and epoch = ${epoch} returning id)
    delete from hub.listing l using ended where l.source = ended.id and l.mode = ${done}`
}

/** Notes that these sources were heard just now, for the hub that is not asked for its heartbeat. At most once a minute. */
export async function noteHeard(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql`
    update hub.source set heard_at = now()
    where id = any(${[...ids]}::text[]) and (heard_at is null or heard_at < now() - interval '1 minute')`
}

/**
 * Records people as the authority listed them, without queueing anything: a report can plan them then. What a run has
 * read of somebody stays, and nobody counts as denied before a run has denied them.
 */
export async function recordListed(
  sql: Sql,
  { source, states }: { source: string; states: readonly PersonState[] },
): Promise<void> {
  const unique = [...new Map(states.map((state) => [state.authorityId, state])).values()]
  const people = unique.map((state) => ({ id: personId({ source, authorityId: state.authorityId }), state }))
  if (people.length === 0) return
  const seen = people.flatMap(({ id, state: { emails, logins } }) => [
    ...emails.map((value) => ({ id, kind: 'email', value })),
    ...logins.map((value) => ({ id, kind: 'login', value })),
  ])
  await sql`
    insert into hub.person as p (id, source, authority_id, state, state_read_at)
    select r.id, ${source}, r.state ->> 'authorityId', r.state, (r.state ->> 'readAt')::timestamptz
    from jsonb_to_recordset(${toCleanRows(sql, people)}) as r (id text, state jsonb) order by r.id collate "C"
    on conflict (id) do update set state = excluded.state, state_read_at = excluded.state_read_at where p.state is null`
  if (seen.length === 0) return
  await sql`
    insert into hub.sighting (person, kind, value)
    select distinct r.id, r.kind, r.value
    from jsonb_to_recordset(${toCleanRows(sql, seen)}) as r (id text, kind text, value text) order by 1, 2, 3
    on conflict do nothing`
}
