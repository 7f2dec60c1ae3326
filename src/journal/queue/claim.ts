import type { ClaimedLane } from '../../core/queue.ts'
import { selectAsked, selectLiveGrant } from '../access/stored-json.ts'
import type { Sql } from '../sql/sql.ts'
import { type ClaimLimits, chooseDue, makeAllRooms } from './due-lanes.ts'

type Taken = { key: string; epoch: string; taken_over: boolean; denial?: boolean }

/**
 * Takes due lanes whose connectors are not paused, as many as there is room for. What waits in them is read after the lock, in a
 * later statement. With `provisionalDeny`, a lane that waits for its authority alone is taken too, once, for what a hook
 * says of a leaver.
 */
export async function claim(
  sql: Sql,
  { limit, leaseSeconds, rooms = makeAllRooms(limit), provisionalDeny = false }: ClaimOptions,
): Promise<ClaimedLane[]> {
  const taken = await sql<Taken[]>`
    with recursive ${chooseDue(sql, { limit, rooms, provisionalDeny })}
    update hub.lane l
    set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = l.epoch + 1,
      taken_over_at = case when due.ran_out then now() else l.taken_over_at end
    from due where l.key = due.key
    returning l.key, l.epoch, due.denial,
      coalesce(l.taken_over_at > now() - make_interval(secs => ${leaseSeconds}), false) as taken_over`
  const silent = rooms.authorities.filter(({ room }) => room <= 0).map(({ id }) => id)
  return readLanes(sql, taken, { probe: false, silent })
}

type ClaimOptions = Partial<ClaimLimits> & { limit: number; leaseSeconds: number }

/**
 * Takes one lane for the process that holds a request in it. `busy`: another worker has it; `paused`: its connector
 * refuses the hub's credential. When the time to probe has come, this request is the probe.
 */
export async function takeLane(
  sql: Sql,
  { key, leaseSeconds }: { key: string; leaseSeconds: number },
): Promise<ClaimedLane | 'busy' | 'paused'> {
  const taken = await sql<(Taken & { probe: boolean })[]>`
    with free as (
      select l.key, l.lease_until is not null as ran_out
      from hub.lane l
      where l.key = ${key} and (l.lease_until is null or l.lease_until <= now())
        and not exists (select 1 from hub.connector c where c.paused_until > now() and c.id = l.connector)
      for update of l skip locked
    )
    update hub.lane l
    set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = l.epoch + 1,
      taken_over_at = case when free.ran_out then now() else l.taken_over_at end
    from free where l.key = free.key
    returning l.key, l.epoch,
      coalesce(l.taken_over_at > now() - make_interval(secs => ${leaseSeconds}), false) as taken_over,
      exists (select 1 from hub.connector c where c.paused_until is not null and c.id = l.connector) as probe`
  const [lane] = await readLanes(sql, taken, { probe: taken[0]?.probe ?? false })
  if (lane) return lane
  const [paused] = await sql`
    select 1 from hub.lane l join hub.connector c on c.id = l.connector
    where l.key = ${key} and c.paused_until > now()`
  return paused ? 'paused' : 'busy'
}

/**
 * Half-open: one lane of each paused connector whose time to probe has come, and no other before the next minute. It is
 * one with something that asks the vendor; where none is due, the connector's time stays, and what comes next is the probe.
 */
export async function claimProbes(
  sql: Sql,
  { leaseSeconds, probeSeconds }: { leaseSeconds: number; probeSeconds: number },
): Promise<ClaimedLane[]> {
  const taken = await sql<Taken[]>`
    with waiting as materialized (
      select id from hub.connector where paused_until <= now() order by id for update
    ), due as (
      select waiting.id, chosen.key, chosen.ran_out
      from waiting, lateral (
        select l.key, l.lease_until is not null as ran_out
        from hub.lane l
        where waiting.id in (l.connector, l.authority)
          and l.next_at <= now() and (l.lease_until is null or l.lease_until <= now())
          and exists (
            select 1 from hub.delivery d where d.lane = l.key and d.next_attempt_at <= now()
              and (d.kind = 'sync' or (l.connector = waiting.id
                and (d.kind not in ('provision', 'resolve') or (d.kind = 'provision' and d.begun_at is not null)))))
        order by l.next_at
        limit 1
        for update of l skip locked
      ) chosen
    ), probing as (
      update hub.connector c set paused_until = now() + make_interval(secs => ${probeSeconds})
      from due where c.id = due.id
    )
    update hub.lane l
    set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = l.epoch + 1,
      taken_over_at = case when due.ran_out then now() else l.taken_over_at end
    from due where l.key = due.key
    returning l.key, l.epoch,
      coalesce(l.taken_over_at > now() - make_interval(secs => ${leaseSeconds}), false) as taken_over`
  return readLanes(sql, taken, { probe: true })
}

type LaneRow = Omit<ClaimedLane, 'epoch' | 'takenOver' | 'probe' | 'denial'>

/** `silent`: authorities that do not answer. */
async function readLanes(
  sql: Sql,
  taken: readonly Taken[],
  { probe, silent = [] }: { probe: boolean; silent?: readonly string[] },
): Promise<ClaimedLane[]> {
  if (taken.length === 0) return []
  const rows = await sql<LaneRow[]>`
    select l.key, l.connector, l.authority, l.provisional_at is not null as provisional,
      coalesce(l.authority = any(${[...silent]}), false) or (${!probe} and exists (
        select 1 from hub.connector c where c.paused_until is not null and c.id = l.authority)) as "authorityPaused",
      (select jsonb_build_object('id', p.id, 'source', p.source, 'authorityId', p.authority_id, 'state', p.state,
        'contested', hub.is_contested(p.id, l.connector), 'verifiedBefore', exists (select 1 from hub.verification v
          where v.person = p.id and v.connector = l.connector and v.seen_at is not null),
        'sightings', (
          select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'value', s.value, 'connector', s.connector)
            order by s.seen_at desc, s.value), '[]')
          from hub.sighting s where s.person = p.id
        )) from hub.person p where p.id = l.person) as person,
      (select coalesce(jsonb_agg(o.change order by o.since, o.target), '[]') from hub.owed o
        where o.person = l.person and o.connector = l.connector and o.done_at is null) as owed,
      (select coalesce(jsonb_agg(${selectLiveGrant(sql)} order by g.granted_at), '[]')
        from hub.access_grant g where g.person = l.person and g.connector = l.connector and g.ended_at is null) as grants,
      (select coalesce(json_agg(${buildDelivery(sql)} order by d.event_time, d.seq), '[]')
        from (
          (select * from hub.delivery s where s.lane = l.key and s.kind = 'sync'
            and (s.next_attempt_at is not null or s.status = 'pending') order by s.seq desc limit 500)
          union all
          (select * from hub.delivery o where o.lane = l.key and o.kind = 'on'
            and (o.next_attempt_at is not null or o.status = 'pending') order by o.event_time, o.seq limit 50)
          union all
          (select * from hub.delivery i where i.lane = l.key and i.kind not in ('sync', 'on')
            and (i.next_attempt_at is not null or i.status = 'pending')
            order by i.next_attempt_at <= now() desc nulls last, i.grants is not null, i.event_time, i.seq limit 200)
        ) d
        join hub.event e on e.id = d.event_id) as deliveries
    from hub.lane l where l.key = any(${taken.map((lane) => lane.key)})`
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return taken.flatMap(({ key, epoch, taken_over, denial = false }) => {
    const row = byKey.get(key)
    return row ? [{ ...row, epoch: Number(epoch), takenOver: taken_over, probe, denial }] : []
  })
}

/**
 * The payload goes along only where a handler will see it: `sync` looks at the authority instead. As json and not jsonb,
 * which would take it apart only to put it together again.
 */
function buildDelivery(sql: Sql) {
  return sql`json_build_object(
    'id', d.id, 'seq', d.seq, 'eventId', d.event_id, 'kind', d.kind, 'hint', d.hint, 'status', d.status,
    'attempts', d.attempts, 'rechecks', d.rechecks, 'trigger', d.next_trigger,
    'due', d.next_attempt_at is not null and d.next_attempt_at <= now(),
    'ageSeconds', extract(epoch from now() - d.created_at),
    'event', json_build_object('source', e.source, 'type', e.type, 'time', hub.iso_time(e.time),
      'receivedAt', hub.iso_time(e.received_at),
      'trusted', e.trusted, 'traceId', replace(e.trace_id::text, '-', ''), 'data', case when d.kind = 'on' then hub.body_of(e.data, e.part_of) end),
    'inline', case when d.request is not null then json_build_object('asked', ${selectAsked(sql, 'd')}, 'accesses', d.accesses,
      'late', coalesce(d.deadline_at <= now(), false), 'begun', d.begun_at is not null,
      'begunSecondsAgo', coalesce(extract(epoch from now() - d.begun_at), 0),
      'secondsLeft', coalesce(greatest(extract(epoch from d.deadline_at - now()), 0), 0),
      'hadBefore', coalesce(d.had_before, '{}'), 'grants', d.grants) end)`
}
