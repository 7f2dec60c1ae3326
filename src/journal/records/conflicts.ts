import type { Conflict } from '../../core/change.ts'
import type { PersonKey } from '../../core/person.ts'
import type { Sql } from '../sql/sql.ts'

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
 * Users that runs found for somebody, or for this person alone, and did not touch; each as it was met last. One is over
 * when a later run saw whose the user is, or an operator said so. A later run that did not come across it says nothing:
 * a person's own users are known by then, and nobody searches any more.
 */
export async function openConflicts(sql: Sql, person?: string): Promise<ConflictRow[]> {
  return sql<ConflictRow[]>`
    select distinct on (d.person, d.connector, c.target) d.person, p.source, p.authority_id as "authorityId",
      (select s.value from hub.sighting s where s.person = d.person and s.kind = 'login' order by s.seen_at desc limit 1) as login,
      d.connector, c.target, c.reason, a.started_at as at, d.id as delivery
    from hub.attempt a join hub.delivery d on d.id = a.delivery_id join hub.person p on p.id = d.person,
      jsonb_to_recordset(a.conflicts) as c (target text, reason text)
    where a.conflicts <> '[]' ${person === undefined ? sql`` : sql`and d.person = ${person}`} and not exists (
      select 1 from hub.sighting s where s.person = d.person and s.connector = d.connector and s.value = c.target
        and s.kind in ('link', 'former_link', 'adopted') and s.seen_at >= a.started_at)
    order by d.person, d.connector, c.target, a.started_at desc`
}
