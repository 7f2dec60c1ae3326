import type { Direction } from '../../core/change.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { AnySql } from '../sql/sql.ts'

/**
 * What is stuck: work that an operator should look at. `--stuck`, the doctor, the metrics and the alerts all ask here.
 * - a lockout, a revoke, or a grant that is uncertain, open for longer than `afterSeconds`, whatever it waits for: its
 *   next try, a paused connector, an authority that cannot be read, a hub that does not run
 * - a lockout that the brake has held for so long, while no operator has spoken
 * - other work that waits for so long for what is paused, or was tried more often than `afterAttempts`
 * What is due later by design is not: the end of a grant, a later search, a look in a day, work that only observes.
 */
export type StuckLimits = { afterSeconds: number; afterAttempts: number }

/** `brake`: held there; `paused`: for `waitsFor`; `failing`: it was tried; `waiting`: no hub has tried it. */
export type StuckCause = 'brake' | 'paused' | 'failing' | 'waiting'

export type StuckRow = {
  delivery: string
  event: string
  lane: string
  connector: string
  kind: DeliveryKind
  direction: Direction
  person: string | null
  attempts: number
  error: string | null
  nextAttemptAt: string | null
  cause: StuckCause
  /** The paused connector. */
  waitsFor: string | null
  pausedSince: string | null
  openSince: string
  openSeconds: number
}

/** A lockout or a revoke, or a grant that may have to be taken away. */
const isDenial = (sql: AnySql) => sql`(d.direction = 'deny' or d.status = 'uncertain')`

/** Ends of attempts after which the work was over, or waited for a person: what failed before is another story. */
const ended = ['succeeded', 'no_match', 'held', 'contradicted', 'observed', 'superseded']

/**
 * Selects open work as `(id, since, hold)`. A delivery that stands for older ones is open since the first of these was:
 * news that keeps coming must not make a lockout look young.
 */
function selectOpen(sql: AnySql) {
  return sql`
    select standing.id, min(standing.since) as since, false as hold from (
      select coalesce(d.collapsed_into, d.id) as id, case
        when d.status = 'uncertain' then coalesce(d.begun_at, d.created_at)
        when tried.ended_at is null and d.grants is null then d.created_at
        else coalesce((select min(a.started_at) from hub.attempt a where a.delivery_id = d.id
          and a.started_at > coalesce(tried.ended_at, '-infinity')), d.next_attempt_at, d.created_at)
        end as since
      from hub.delivery d, lateral (
        select max(o.started_at) as ended_at from hub.attempt o where o.delivery_id = d.id and o.outcome = any(${ended})
      ) tried
      where (d.status = 'pending' or (d.status = 'uncertain' and d.next_attempt_at is not null))
        and d.kind not in ('validate', 'preapprove') and d.code is distinct from 'observing'
    ) standing group by standing.id
    union all
    select d.id, h.held_at, true from hub.hold h
      cross join lateral (select * from hub.person where id = h.person offset 0) p
      cross join lateral (select * from hub.delivery where status = 'held'
        and lane = h.connector || '/' || p.source || '/' || p.authority_id offset 0) d
    where h.direction = 'deny' and h.why = 'brake' and h.brake_order is null
      and d.person = h.person and d.code = 'brake' and d.collapsed_into is null`
}

/** The paused connector for which a delivery waits. Requests for access do not wait for the person's authority. */
function selectPause(sql: AnySql) {
  return sql`
    select c.id, c.paused_since from hub.connector c where c.paused_since is not null
      and (c.id = d.connector or (c.id = l.authority and d.kind in ('sync', 'on')))
    order by c.id = d.connector desc limit 1`
}

function isStuck(sql: AnySql, { afterSeconds, afterAttempts }: StuckLimits) {
  return sql`(
    (open.hold or d.status in ('pending', 'uncertain'))
    and (open.since <= now() - make_interval(secs => ${afterSeconds}) and (open.hold or ${isDenial(sql)} or pause.id is not null)
      or d.attempts > ${afterAttempts}))`
}

/** Lists what is stuck, the longest open first. */
export async function listStuck(
  sql: AnySql,
  { limit, ...limits }: StuckLimits & { limit: number },
): Promise<StuckRow[]> {
  return sql<StuckRow[]>`
    with open as (${selectOpen(sql)})
    select d.id as delivery, d.event_id as event, d.lane, d.connector, d.kind, d.direction, d.person, d.attempts,
      d.last_error as error, d.next_attempt_at as "nextAttemptAt", pause.id as "waitsFor",
      pause.paused_since as "pausedSince", open.since as "openSince",
      extract(epoch from now() - open.since)::float8 as "openSeconds",
      case when open.hold then 'brake' when pause.id is not null then 'paused'
        when d.last_error is not null then 'failing' else 'waiting' end as cause
    from open join hub.delivery d on d.id = open.id left join hub.lane l on l.key = d.lane
      left join lateral (${selectPause(sql)}) pause on true
    where ${isStuck(sql, limits)}
    order by open.since, d.seq limit ${limit}`
}

/** The longest that a lockout or a revoke is open, in seconds; 0: none is. Without limits: whether it is stuck or not. */
export async function measureOldestDenial(sql: AnySql): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    with open as (${selectOpen(sql)})
    select coalesce(greatest(extract(epoch from now() - min(open.since)), 0), 0)::float8 as seconds
    from open join hub.delivery d on d.id = open.id where open.since <= now() and (open.hold or ${isDenial(sql)})`
  return row?.seconds ?? 0
}

/** True of a delivery `d`, in the lane `l`, that is stuck. */
export function isAmongStuck(sql: AnySql, limits: StuckLimits) {
  return sql`d.id = any(array(
    with open as (${selectOpen(sql)})
    select d.id from open join hub.delivery d on d.id = open.id left join hub.lane l on l.key = d.lane
      left join lateral (${selectPause(sql)}) pause on true
    where ${isStuck(sql, limits)}))`
}
