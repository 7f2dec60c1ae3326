import type { PersonHistory } from '../../core/person-history.ts'
import type { Sql } from '../sql/sql.ts'

/**
 * Reads the whole history of each person who may have left within the period (`to` not included): whose leaving a hook
 * announced in it, or who was read as denied since it began.
 */
export async function readLeaverHistories(
  sql: Sql,
  { from, to }: { from: string; to: string },
): Promise<PersonHistory[]> {
  return sql<PersonHistory[]>`
    with candidate as (
      select person, connector from hub.delivery
      where kind = 'sync' and hint = 'deny' and event_time >= ${from} and event_time < ${to}
      union
      select d.person, d.connector
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id
      where d.kind = 'sync' and a.started_at >= ${from} and a.state ->> 'access' = 'deny' and not exists (
        select 1 from hub.event e where e.id = d.event_id and e.source = 'hub' and e.type like 'hub.verify.%')
    )
    select p.id as person, p.source, p.authority_id as "authorityId", c.connector,
      (select s.value from hub.sighting s where s.person = p.id and s.kind = 'login' order by s.seen_at desc limit 1)
        as login,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', d.id, 'type', e.type, 'time', hub.iso_time(d.event_time),
        'receivedAt', hub.iso_time(e.received_at), 'hint', d.hint, 'status', d.status, 'collapsed', d.collapsed_into is not null,
        'error', d.last_error) order by d.seq), '[]')
        from hub.delivery d join hub.event e on e.id = d.event_id
        where d.person = p.id and d.connector = c.connector and d.kind = 'sync') as news,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', a.delivery_id, 'startedAt', hub.iso_time(a.started_at),
        'endedAt', hub.iso_time(a.started_at + make_interval(secs => a.duration_ms / 1000)), 'outcome', a.outcome, 'error', a.error,
        'state', a.state, 'changes', a.changes, 'conflicts', a.conflicts) order by a.started_at), '[]')
        from hub.attempt a join hub.delivery d on d.id = a.delivery_id
        where d.person = p.id and d.connector = c.connector and d.kind = 'sync') as runs,
      (select coalesce(jsonb_agg(jsonb_build_object('target', o.target, 'since', hub.iso_time(o.since)) order by o.since), '[]')
        from hub.owed o
        where o.person = p.id and o.connector = c.connector and o.done_at is null) as debts
    from candidate c join hub.person p on p.id = c.person`
}
