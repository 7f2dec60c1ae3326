import type { PersonHistory } from '../../core/person-history.ts'
import type { AnySql } from '../sql/sql.ts'
import { selectActor } from './actor.ts'

/**
 * Reads the whole history of each person who may have left within the period (`to` not included): whose leaving a hook
 * announced in it, or who was read as denied since it began.
 */
export async function readLeaverHistories(
  sql: AnySql,
  { from, to }: { from: string; to: string },
): Promise<PersonHistory[]> {
  return readHistories(
    sql,
    sql`
      select person, connector from hub.delivery
      where kind = 'sync' and hint = 'deny' and event_time >= ${from} and event_time < ${to}
      union
      select d.person, d.connector
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id
      where d.kind = 'sync' and a.started_at >= ${from} and a.state ->> 'access' = 'deny' and not exists (
        select 1 from hub.event e where e.id = d.event_id and e.source = 'hub' and e.type like 'hub.verify.%')`,
  )
}

/** Reads the history of one person at each connector that compares them. */
export async function readPersonHistories(sql: AnySql, person: string): Promise<PersonHistory[]> {
  return readHistories(
    sql,
    sql`select distinct person, connector from hub.delivery where person = ${person} and kind = 'sync'`,
  )
}

/** `candidates` selects people and connectors. */
function readHistories(sql: AnySql, candidates: ReturnType<typeof selectActor>) {
  return sql<PersonHistory[]>`
    with candidate as (${candidates})
    select p.id as person, p.source, p.authority_id as "authorityId", c.connector,
      (select s.value from hub.sighting s where s.person = p.id and s.kind = 'login' order by s.seen_at desc limit 1)
        as login,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', d.id, 'type', e.type, 'time', hub.iso_time(d.event_time),
        'receivedAt', hub.iso_time(e.received_at), 'hint', d.hint, 'status', d.status, 'code', d.code,
        'collapsed', d.collapsed_into is not null, 'error', d.last_error, 'nextAttemptAt', hub.iso_time(d.next_attempt_at),
        'actor', case when e.source <> 'hub' then ${selectActor(sql)} end) order by d.seq), '[]')
        from hub.delivery d join hub.event e on e.id = d.event_id
        where d.person = p.id and d.connector = c.connector and d.kind = 'sync') as news,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', a.delivery_id, 'type', e.type, 'startedAt', hub.iso_time(a.started_at),
        'endedAt', hub.iso_time(a.started_at + make_interval(secs => a.duration_ms / 1000)), 'outcome', a.outcome, 'error', a.error,
        'state', a.state, 'changes', a.changes, 'conflicts', a.conflicts) order by a.started_at), '[]')
        from hub.attempt a join hub.delivery d on d.id = a.delivery_id join hub.event e on e.id = d.event_id
        where d.person = p.id and d.connector = c.connector and d.kind = 'sync') as runs,
      (select coalesce(jsonb_agg(jsonb_build_object('target', o.target, 'since', hub.iso_time(o.since)) order by o.since), '[]')
        from hub.owed o
        where o.person = p.id and o.connector = c.connector and o.done_at is null) as debts,
      ${selectStanding(sql)} as standing
    from candidate c join hub.person p on p.id = c.person`
}

/** What stands now of the person `p` at the connector of `c`. */
function selectStanding(sql: AnySql) {
  const lane = sql`c.connector || '/' || p.source || '/' || p.authority_id`
  return sql`jsonb_build_object(
    'access', p.state ->> 'access',
    'hold', (select jsonb_build_object('why', h.why, 'order', o.kind, 'by', o.ordered_by, 'reason', o.reason)
      from hub.hold h left join hub.brake_order o on o.id = h.brake_order
      where h.person = p.id and h.connector = c.connector and h.direction = 'deny'),
    'observing', coalesce((select l.observed_at is not null from hub.lane l where l.key = ${lane}), false),
    'pausedBy', (select min(k.id) from hub.connector k where k.paused_until is not null and k.id in (c.connector, p.source)),
    'contested', hub.is_contested(p.id, c.connector),
    'exceptedUntil', (select hub.iso_time(max(x.until)) from hub.exception x where x.person = p.id and x.until > now()),
    'isProtected', exists (select 1 from hub.protected x
      where x.source = p.source and x.authority_id = p.authority_id and x.until > now()),
    'seenAt', (select hub.iso_time(v.seen_at) from hub.verification v where v.person = p.id and v.connector = c.connector),
    'links', (select coalesce(jsonb_agg(jsonb_build_object('target', s.value, 'seenAt', hub.iso_time(s.seen_at)) order by s.value), '[]')
      from hub.sighting s where s.person = p.id and s.connector = c.connector and s.kind = 'link'),
    'others', (select coalesce(jsonb_agg(jsonb_build_object('target', n.target, 'person', n.person) order by n.target), '[]') from (
      select distinct on (s.value) s.value as target, s.person from hub.sighting s
      where s.connector = c.connector and s.kind = 'adopted'
      order by s.value, s.seen_at desc) n where n.person <> p.id),
    'conflicts', (select coalesce(jsonb_agg(jsonb_build_object('target', m.target, 'reason', m.reason)), '[]') from (
      select distinct on (f.target) f.target, f.reason
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id,
        jsonb_to_recordset(a.conflicts) as f (target text, reason text)
      where a.conflicts <> '[]' and d.person = p.id and d.connector = c.connector and not exists (
        select 1 from hub.sighting s where s.person = p.id and s.connector = c.connector and s.value = f.target
          and s.kind in ('link', 'former_link', 'adopted') and s.seen_at >= a.started_at)
      order by f.target, a.started_at desc) m))`
}
