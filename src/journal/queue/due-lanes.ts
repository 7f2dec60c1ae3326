import type { Sql } from '../sql/sql.ts'

/** How many lanes a process may still work on. */
export type Rooms = {
  /** Of one connector, where `connectors` says nothing else. */
  share: number
  /** That are claimed for no denial. */
  routine: number
  /** So many of the oldest that are no denials go before the denials, so that these starve nobody. */
  routineFirst: number
  connectors: readonly Room[]
  /** Authorities that do not answer: how many lanes may ask them now. */
  authorities: readonly Room[]
}

export type Room = { id: string; room: number }

/** Everything that is due, in its order. */
export function makeAllRooms(limit: number): Rooms {
  return { share: limit, routine: limit, routineFirst: 0, connectors: [], authorities: [] }
}

/**
 * Lists the groups of lanes of which some may be claimed: by connector, by authority, and by whether the person was ever
 * read there. It hops through the index from one group to the next, however many lanes one of them has. `unasked`: the
 * authority is paused or does not answer, so that only lanes are taken which can go on without it.
 */
export function openGroups(sql: Sql, { share, connectors, authorities }: Rooms) {
  const unzip = (rooms: readonly Room[]) =>
    sql`unnest(${rooms.map(({ id }) => id)}::text[], ${rooms.map(({ room }) => room)}::int[]) as`
  return sql`
    hop as (
      (select l.connector, coalesce(l.authority, '') as authority, l.unread from hub.lane l where l.next_at is not null
        order by l.connector, coalesce(l.authority, ''), l.unread limit 1)
      union all
      select next.* from hop, lateral (
        select l.connector, coalesce(l.authority, '') as authority, l.unread from hub.lane l
        where l.next_at is not null
          and (l.connector, coalesce(l.authority, ''), l.unread) > (hop.connector, hop.authority, hop.unread)
        order by l.connector, coalesce(l.authority, ''), l.unread limit 1
      ) next
    ), open as materialized (
      select hop.*, coalesce(c.room, ${share}) as room, a.room as asking,
        coalesce(a.room <= 0, false) or exists (
          select 1 from hub.connector p where p.paused_until is not null and p.id = hop.authority) as unasked
      from hop left join ${unzip(connectors)} c (id, room) on c.id = hop.connector
        left join ${unzip(authorities)} a (id, room) on a.id = hop.authority
      where coalesce(c.room, ${share}) > 0
        and not exists (select 1 from hub.connector p where p.paused_until is not null and p.id = hop.connector)
    )`
}

/**
 * Chooses due lanes and locks them: denials first, those of people who are known before the others, and then what has
 * waited longest. What is locked beyond the limit is free again when the statement ends.
 */
export function chooseDue(sql: Sql, { limit, rooms, provisionalDeny }: ClaimLimits) {
  const columns = sql`l.key, l.lease_until is not null as ran_out`
  const isFree = sql`l.connector = open.connector and coalesce(l.authority, '') = open.authority
    and l.unread = open.unread and (l.lease_until is null or l.lease_until <= now())
    and (not open.unasked or ${asksNoAuthority(sql)} or ${provisionalDeny ? hookSaysDeny(sql) : sql`false`})`
  return sql`
    ${openGroups(sql, rooms)}, denial as materialized (
      select open.*, chosen.*, true as denial from open, lateral (
        select ${columns}, l.deny_next_at as at from hub.lane l
        where ${isFree} and l.deny_next_at <= now() and l.next_at <= now()
        order by l.deny_next_at
        limit least(open.room, ${limit})
        for update of l skip locked
      ) chosen
    ), routine as materialized (
      select open.*, chosen.*, false as denial from open, lateral (
        select ${columns}, l.next_at as at from hub.lane l
        where ${isFree} and l.next_at <= now() and (l.deny_next_at is null or l.deny_next_at > now())
        order by l.next_at
        limit least(open.room, ${rooms.routine},
          greatest(${rooms.routineFirst}, ${limit} - (select count(*) from denial)))
        for update of l skip locked
      ) chosen
    ), aged as (
      select *, row_number() over (partition by denial order by at, key) as age
      from (select * from denial union all select * from routine) found
    ), ranked as (
      select *, case when denial then 1 when age <= ${rooms.routineFirst} then 0 else 2 end as class from aged
    ), ordered as (
      select *, row_number() over (partition by connector order by class, unread, at, key) as nth,
        row_number() over (partition by authority, unasked order by class, unread, at, key) as nth_asking,
        row_number() over (partition by denial order by class, unread, at, key) as nth_kind
      from ranked
    ), due as (
      select key, ran_out, denial from ordered
      where nth <= room and (denial or nth_kind <= ${rooms.routine}) and (asking is null or unasked or nth_asking <= asking)
      order by class, unread, at, key
      limit ${limit}
    )`
}

export type ClaimLimits = { limit: number; rooms: Rooms; provisionalDeny: boolean }

/**
 * Seconds until the earliest lane falls due that may be claimed, at most the given number; 0 when one is due now. A lane
 * that a worker holds does not count: its settlement nudges, and a lease that runs out is found at the latest then.
 */
export async function readSecondsUntilDue(sql: Sql, atMost: number, rooms = makeAllRooms(1)): Promise<number> {
  const dueAt = rooms.routine > 0 ? sql`l.next_at` : sql`l.deny_next_at`
  const [row] = await sql<{ seconds: number | null }[]>`
    with recursive ${openGroups(sql, rooms)}
    select extract(epoch from min(first.at) - now())::float8 as seconds
    from open, lateral (
      select ${dueAt} as at from hub.lane l
      where l.connector = open.connector and coalesce(l.authority, '') = open.authority and l.unread = open.unread
        and ${dueAt} <= now() + make_interval(secs => ${atMost}) and (l.lease_until is null or l.lease_until <= now())
      order by ${dueAt} limit 1
    ) first
    where not open.unasked`
  return Math.min(Math.max(row?.seconds ?? atMost, 0), atMost)
}

/** The intake has found the person already: access is given and taken away without the authority. */
function asksNoAuthority(sql: Sql) {
  return sql`exists (
    select 1 from hub.delivery i
    where i.lane = l.key and i.kind not in ('sync', 'on') and i.next_attempt_at <= now()
  )`
}

function hookSaysDeny(sql: Sql) {
  return sql`(l.provisional_next_at <= now() and exists (
    select 1 from hub.delivery d where d.lane = l.key and d.kind = 'sync' and d.hint = 'deny'
      and (d.next_attempt_at is not null or d.status = 'pending')
  ))`
}
