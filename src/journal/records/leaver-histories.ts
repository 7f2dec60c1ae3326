import { ownConnector } from '../../core/lane.ts'
import type { PersonHistory } from '../../core/person-history.ts'
import type { AnySql } from '../sql/sql.ts'
import { selectActor } from './actor.ts'

/**
 * Reads the whole history of each person who may have left within the period (`to` not included): whose leaving a hook
 * announced in it, or who was read as denied since it began and still is. Who was let in again was opened by a run that
 * changed something, or the denial had changed something before. More people than those who left are no harm:
 * `listLeavers` goes by when each of them left.
 */
export async function readLeaverHistories(
  sql: AnySql,
  { from, to }: { from: string; to: string },
): Promise<PersonHistory[]> {
  return readHistories(
    sql,
    sql`
      (select person, connector from hub.delivery
      where kind || ' ' || hint = 'sync deny' and event_time >= ${from} and event_time < ${to} offset 0)
      union
      select d.person, d.connector
      from (select id from hub.person where denied_at >= ${from} offset 0) p
        cross join lateral (select * from hub.delivery where person = p.id offset 0) d where d.kind = 'sync'
      union
      select d.person, d.connector
      from (select delivery_id from hub.attempt where started_at >= ${from} and ${isEvidence(sql)} offset 0) a
        cross join lateral (select * from hub.delivery where id = a.delivery_id offset 0) d
      where d.kind = 'sync' and d.person is not null`,
  )
}

/** The condition of the index `attempt_evidence`, word by word. */
function isEvidence(sql: AnySql) {
  return sql`((state ->> 'access' = 'deny' and (outcome <> 'succeeded' or changes <> '[]' or conflicts <> '[]'))
    or (state ->> 'access' = 'allow' and changes <> '[]'))`
}

/** Reads the history of one person at each connector that compares them. */
export async function readPersonHistories(sql: AnySql, person: string): Promise<PersonHistory[]> {
  return readHistories(
    sql,
    sql`select distinct person, connector from hub.delivery where person = ${person} and kind = 'sync'`,
  )
}

/** Reads the history of each of these people at the connector that is named with them. */
export async function readHistoriesOf(
  sql: AnySql,
  pairs: readonly { person: string; connector: string }[],
): Promise<PersonHistory[]> {
  const [people, connectors] = [pairs.map(({ person }) => person), pairs.map(({ connector }) => connector)]
  return readHistories(
    sql,
    sql`select * from unnest(${people}::text[], ${connectors}::text[]) as pair (person, connector)`,
  )
}

/** `candidates` selects people and connectors. In the hub's own lanes a person is read, and nothing is shut. */
function readHistories(sql: AnySql, candidates: ReturnType<typeof selectActor>) {
  const [deliveries, attempts] = [selectDeliveries(sql), selectAttempts(sql)]
  return sql<PersonHistory[]>`
    with candidate as (${candidates})
    select p.id as person, p.source, p.authority_id as "authorityId", c.connector,
      (select s.value from hub.sighting s where s.person = p.id and s.kind = 'login' order by s.seen_at desc limit 1)
        as login,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', d.id, 'type', e.type, 'time', hub.iso_time(d.event_time),
        'receivedAt', hub.iso_time(e.received_at), 'hint', d.hint, 'status', d.status, 'code', d.code,
        'collapsed', d.collapsed_into is not null, 'error', d.last_error, 'nextAttemptAt', hub.iso_time(d.next_attempt_at),
        'actor', case when e.source <> 'hub' then ${selectActor(sql)} end) order by d.seq), '[]')
        from ${deliveries} cross join lateral (select * from hub.event where id = d.event_id offset 0) e) as news,
      (select coalesce(jsonb_agg(jsonb_build_object('delivery', a.delivery_id, 'type', e.type, 'startedAt', hub.iso_time(a.started_at),
        'endedAt', hub.iso_time(a.started_at + make_interval(secs => a.duration_ms / 1000)), 'outcome', a.outcome, 'error', a.error,
        'state', a.state, 'changes', a.changes, 'conflicts', a.conflicts) order by a.started_at), '[]')
        from ${attempts} cross join lateral (select * from hub.event where id = d.event_id offset 0) e) as runs,
      (select coalesce(jsonb_agg(jsonb_build_object('target', o.target, 'since', hub.iso_time(o.since)) order by o.since), '[]')
        from hub.owed o
        where o.person = p.id and o.connector = c.connector and o.done_at is null) as debts,
      ${selectStanding(sql)} as standing
    from candidate c cross join lateral (select * from hub.person where id = c.person offset 0) p
    where c.connector <> ${ownConnector}`
}

/** The deliveries `d` of the person `p` at the connector of `c`; `offset 0` keeps PostgreSQL to the person's. */
function selectDeliveries(sql: AnySql) {
  return sql`(select * from (select * from hub.delivery where person = p.id offset 0) theirs
    where connector = c.connector and kind = 'sync') d`
}

/** With their attempts `a`, by key. */
function selectAttempts(sql: AnySql) {
  return sql`${selectDeliveries(sql)} cross join lateral (select * from hub.attempt where delivery_id = d.id offset 0) a`
}

/** Every user at the connector of `c` that was ever met for the person `p`. */
function selectTargets(sql: AnySql) {
  const of = (list: 'changes' | 'conflicts') => sql`
    select m ->> 'target' from ${selectAttempts(sql)} cross join lateral jsonb_array_elements(a.${sql(list)}) as m`
  return sql`
    select value as target from hub.sighting where person = p.id and connector = c.connector
    union ${of('changes')} union ${of('conflicts')}`
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
      select distinct on (s.value) s.value as target, s.person from (${selectTargets(sql)}) t
        cross join lateral (select * from hub.sighting
          where connector = c.connector and kind = 'adopted' and value = t.target offset 0) s
      order by s.value, s.seen_at desc) n where n.person <> p.id),
    'conflicts', (select coalesce(jsonb_agg(jsonb_build_object('target', m.target, 'reason', m.reason)), '[]') from (
      select distinct on (f.target) f.target, f.reason
      from (select * from hub.delivery where person = p.id offset 0) d
        cross join lateral (select * from hub.attempt where delivery_id = d.id offset 0) a,
        jsonb_to_recordset(a.conflicts) as f (target text, reason text)
      where a.conflicts <> '[]' and d.connector = c.connector and not exists (
        select 1 from hub.sighting s where s.person = p.id and s.connector = c.connector and s.value = f.target
          and s.kind in ('link', 'former_link', 'adopted') and s.seen_at >= a.started_at)
      order by f.target, a.started_at desc) m))`
}
