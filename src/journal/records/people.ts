import type { Conflict } from '../../core/change.ts'
import type { PersonKey, PersonState } from '../../core/person.ts'
import type { AnySql } from '../sql/sql.ts'

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

/**
 * People by the hub's id, by the authority's id, or by anything they were seen under, letter case aside. The authority's
 * id is looked for at each source in turn, because its index begins with the source.
 */
export async function findPeople(sql: AnySql, text: string): Promise<PersonRow[]> {
  return sql<PersonRow[]>`
    with recursive source as (
      (select source as name from hub.person order by source limit 1)
      union all
      select (select n.source from hub.person n where n.source > source.name order by n.source limit 1)
      from source where source.name is not null
    )
    ${selectPerson(sql)}
    where p.id = any(array(
      select ${text}
      union select k.id from source join hub.person k on k.source = source.name and k.authority_id = ${text}
      union select person from hub.sighting where hub.fold_email(value) = hub.fold_email(${text})))
    order by p.first_seen_at`
}

/** Reads people by the hub's ids. */
export async function readPeople(sql: AnySql, ids: readonly string[]): Promise<PersonRow[]> {
  if (ids.length === 0) return []
  return sql<PersonRow[]>`${selectPerson(sql)} where p.id = any(${[...ids]})`
}

function selectPerson(sql: AnySql) {
  return sql`
    select p.id, p.source, p.authority_id as "authorityId", p.state, p.state_read_at as "stateReadAt",
      p.denied_at as "deniedAt", p.first_seen_at as "firstSeenAt",
      (select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'connector', s.connector, 'value', s.value,
        'seenAt', hub.iso_time(s.seen_at)) order by s.kind, s.seen_at), '[]') from hub.sighting s where s.person = p.id) as sightings
    from hub.person p`
}

/** What a person goes by among people: the login or e-mail they were seen under last, or else the authority's id. */
export async function readPersonName(sql: AnySql, person: string): Promise<string | null> {
  const [row] = await sql<{ name: string }[]>`
    select coalesce((select s.value from hub.sighting s where s.person = p.id and s.kind in ('login', 'email')
      order by s.kind desc, s.seen_at desc limit 1), p.authority_id) as name
    from hub.person p where p.id = ${person}`
  return row?.name ?? null
}

/** One person's attempts `a` of the deliveries `d`: by key, which `offset 0` keeps PostgreSQL to. */
export function selectAttempts(sql: AnySql, person: string) {
  return sql`(select * from hub.delivery where person = ${person} offset 0) d
    cross join lateral (select * from hub.attempt where delivery_id = d.id offset 0) a`
}

/** Everybody's attempts that met a conflict, by the index that has those alone. */
function selectConflicting(sql: AnySql) {
  return sql`(select * from hub.attempt where conflicts <> '[]' offset 0) a
    cross join lateral (select * from hub.delivery where id = a.delivery_id offset 0) d`
}

/** An account that a look met and left alone: it may be somebody else's by now. */
export type UntouchedAccount = { connector: string; target: string; reason: string; at: string }

/**
 * Lists the accounts with a person's e-mail that looks left alone, as `hub.alert.new_account` told of them, and whose they
 * are nobody has said since. The alert's own id ends with the person's, which has 36 letters: its index is by those.
 */
export async function listUntouchedAccounts(sql: AnySql, person: string): Promise<UntouchedAccount[]> {
  return sql<UntouchedAccount[]>`
    select f.connector, f.target, coalesce(f.error, '') as reason, e.received_at as at
    from (select event_id from hub.event_key where source = 'hub' and external_id >= 'hub.alert.new_account:'
        and external_id < 'hub.alert.new_account;' and right(external_id, 37) = ${`:${person}`} offset 0) k
      cross join lateral (select * from hub.event where id = k.event_id offset 0) e,
      json_to_record(e.data) as f (connector text, target text, error text)
    where e.data is not null and not exists (
        select 1 from hub.sighting s where s.connector = f.connector and s.value = f.target and s.seen_at >= e.received_at
          and (s.kind = 'adopted' or (s.kind = 'link' and s.person = ${person})))
    order by e.received_at`
}

export type ConflictRow = Conflict &
  PersonKey & {
    person: string
    login: string | null
    connector: string
    /** When a run met it last. */
    at: string
    delivery: string
  }

/**
 * Users that runs found for any person, or for this one alone, and did not touch; each as it was met last. One is over
 * when a later run saw whose the user is, or an operator said so. A later run that did not come across it says nothing:
 * a person's own users are known by then, and no run searches any more.
 */
export async function listOpenConflicts(sql: AnySql, person?: string): Promise<ConflictRow[]> {
  return sql<ConflictRow[]>`${selectOpenConflicts(sql, person)}`
}

/** The same, as a part of a statement. */
export function selectOpenConflicts(sql: AnySql, person?: string) {
  return sql`
    select distinct on (d.person, d.connector, c.target) d.person, p.source, p.authority_id as "authorityId",
      (select s.value from hub.sighting s where s.person = d.person and s.kind = 'login' order by s.seen_at desc limit 1) as login,
      d.connector, c.target, c.reason, a.started_at as at, d.id as delivery
    from ${person === undefined ? selectConflicting(sql) : selectAttempts(sql, person)}
      join lateral (select * from hub.person where id = d.person offset 0) p on true,
      jsonb_to_recordset(a.conflicts) as c (target text, reason text)
    where a.conflicts <> '[]' and not exists (
      select 1 from hub.sighting s where s.person = d.person and s.connector = d.connector and s.value = c.target
        and s.kind in ('link', 'former_link', 'adopted') and s.seen_at >= a.started_at)
    order by d.person, d.connector, c.target, a.started_at desc`
}
