import type { LiveGrant } from '../../core/access.ts'
import type { Change, HeldDirection } from '../../core/change.ts'
import type { PersonKey } from '../../core/person.ts'
import type { ClaimedPerson } from '../../core/queue.ts'
import { selectLiveGrant } from '../access/stored-json.ts'
import type { AnySql, Sql } from '../sql/sql.ts'

/** A known person, and what stands in the way of a change of theirs. */
export type KnownPerson = ClaimedPerson & {
  protected: boolean
  stopped: { connector: string; direction: HeldDirection; kind: 'held' | 'cancelled' }[]
  /** Observing has ended for them, also where it goes on for others. */
  enforced: boolean
  owed: { connector: string; change: Change }[]
  grants: { connector: string; grant: LiveGrant }[]
}

/** Lists all known people, page by page in the order of their ids, as a lane would hand them to a run. */
export async function listKnownPeople(
  sql: Sql,
  { after, limit }: { after: string; limit: number },
): Promise<KnownPerson[]> {
  return sql<KnownPerson[]>`${selectKnownPeople(sql)} where p.id > ${after} order by p.id limit ${limit}`
}

/** Reads known people by the hub's ids, in the same way. */
export async function readKnownPeople(sql: AnySql, ids: readonly string[]): Promise<KnownPerson[]> {
  if (ids.length === 0) return []
  return sql<KnownPerson[]>`${selectKnownPeople(sql)} where p.id = any(${[...ids]})`
}

function selectKnownPeople(sql: AnySql) {
  return sql`
    select p.id, p.source, p.authority_id as "authorityId", p.state,
      exists (select 1 from hub.protected x where x.source = p.source and x.authority_id = p.authority_id
        and x.until > now()) as protected,
      p.enforced_at is not null as enforced,
      (select coalesce(jsonb_agg(jsonb_build_object('connector', h.connector, 'direction', h.direction,
          'kind', case when o.id is null then 'held' else 'cancelled' end)), '[]')
        from hub.hold h left join hub.brake_order o on o.id = h.brake_order
        where h.person = p.id and o.kind is distinct from 'release') as stopped,
      (select coalesce(jsonb_agg(jsonb_build_object('connector', w.connector, 'change', w.change)
        order by w.since, w.target), '[]') from hub.owed w where w.person = p.id and w.done_at is null) as owed,
      (select coalesce(jsonb_agg(jsonb_build_object('connector', g.connector, 'grant', ${selectLiveGrant(sql)})
        order by g.granted_at), '[]') from hub.access_grant g where g.person = p.id and g.ended_at is null) as grants,
      (select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'value', s.value, 'connector', s.connector)
        order by s.seen_at desc, s.value), '[]') from hub.sighting s where s.person = p.id) as sightings
    from hub.person p`
}

/** Whether a batch ended observing for this person. */
export async function isEnforced(sql: AnySql, person: string): Promise<boolean> {
  const [row] = await sql`select 1 from hub.person where id = ${person} and enforced_at is not null`
  return row !== undefined
}

/** How many people `knownPeople` goes through. */
export async function countAllPeople(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from hub.person`
  return row?.count ?? 0
}

/**
 * People of whom the last run, at one connector at least, only observed what it would have written, and whom no delivery
 * that is due looks at anew already.
 */
export async function listObservedPeople(sql: Sql): Promise<PersonKey[]> {
  return sql<PersonKey[]>`
    select distinct p.source, p.authority_id as "authorityId"
    from hub.lane l join hub.person p on p.id = l.person
    where l.observed_at is not null and not exists (
      select 1 from hub.delivery d where d.lane = l.key and d.kind = 'sync' and d.next_attempt_at <= now())`
}
