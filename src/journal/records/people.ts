import type { PersonState } from '../../core/person.ts'
import type { Sql } from '../sql/sql.ts'

export type PersonRow = {
  id: string
  source: string
  authorityId: string
  state: PersonState | null
  stateReadAt: string | null
  deniedAt: string | null
  firstSeenAt: string
  sightings: { kind: string; connector: string; value: string; seenAt: string }[]
}

/** People by the hub's id, by the authority's id, or by anything they were seen under, letter case aside. */
export async function findPeople(sql: Sql, text: string): Promise<PersonRow[]> {
  return sql<PersonRow[]>`
    select p.id, p.source, p.authority_id as "authorityId", p.state, p.state_read_at as "stateReadAt",
      p.denied_at as "deniedAt", p.first_seen_at as "firstSeenAt",
      (select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'connector', s.connector, 'value', s.value,
        'seenAt', hub.iso_time(s.seen_at)) order by s.kind, s.seen_at), '[]') from hub.sighting s where s.person = p.id) as sightings
    from hub.person p
    where p.id = ${text} or p.authority_id = ${text}
      or p.id in (select person from hub.sighting where lower(value) = lower(${text}))
    order by p.first_seen_at`
}

export type TimelineRow = {
  at: string
  what: 'event' | 'order' | 'attempt' | 'change' | 'owed'
  title: string
  detail: string | null
  id: string
}

/** Everything that was heard of a person and done about them, in order. */
export async function timeline(sql: Sql, person: string): Promise<TimelineRow[]> {
  return sql<TimelineRow[]>`
    select at, what, title, detail, id from (
      select received_at as at, 0 as place, 'event' as what, type as title, 'happened at ' || to_char(time at time zone 'utc',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as detail, id
      from hub.event where person = ${person}
      union all
      select a.started_at, 0, 'attempt', d.connector || ' ' || a.outcome,
        coalesce(a.error, 'authority says ' || (a.state ->> 'status')), d.id
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id where d.person = ${person}
      union all
      select a.started_at + make_interval(secs => a.duration_ms / 1000), c.place, 'change',
        d.connector || ' ' || (c.change ->> 'action') || ' ' || (c.change ->> 'result'),
        (c.change ->> 'summary') || coalesce(': ' || coalesce(c.change ->> 'error', c.change ->> 'note'), ''), d.id
      from hub.attempt a join hub.delivery d on d.id = a.delivery_id,
        jsonb_array_elements(a.changes) with ordinality c (change, place)
      where d.person = ${person}
      union all
      select ordered_at, 0, 'order', connector || ' adopt ' || target, ordered_by || ': ' || reason, id
      from hub.adoption where person = ${person}
      union all
      select since, 0, 'owed', connector || ' ' || action, target, person from hub.owed
      where person = ${person} and done_at is null
    ) entries
    order by at, array_position(array['order', 'event', 'attempt', 'change', 'owed'], what), place`
}
