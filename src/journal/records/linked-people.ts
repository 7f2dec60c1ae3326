import type { PersonKey } from '../../core/person.ts'
import type { AnySql } from '../sql/sql.ts'

/** A person of whom a connector's user is a link. */
export type LinkedPerson = PersonKey & { denied: boolean }

/** Lists the people whose user an id of a connector's system is, as the connector's own plans saw them. */
export async function listLinkedPeople(
  sql: AnySql,
  { connector, user }: { connector: string; user: string },
): Promise<LinkedPerson[]> {
  return sql<LinkedPerson[]>`
    select p.source, p.authority_id as "authorityId", p.denied_at is not null as denied
    from hub.sighting s join hub.person p on p.id = s.person
    where hub.fold_email(s.value) = hub.fold_email(${user}) and s.value = ${user} and s.kind = 'link' and s.connector = ${connector}
    order by p.id limit 10`
}
