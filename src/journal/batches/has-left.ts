import type { PendingQuery, Row } from 'postgres'
import type { AnySql } from '../sql/sql.ts'

/**
 * A condition: one of these accounts, a list of expressions, may order nothing any more, because its person is denied, or
 * it is a token that was revoked or whose person is denied.
 */
export function hasLeft(sql: AnySql, accounts: PendingQuery<Row[]>) {
  return sql`(
    exists (select 1 from hub.person p where p.id in (${accounts}) and p.denied_at is not null)
    or exists (select 1 from hub.token t where t.id in (${accounts}) and (t.revoked_at is not null or exists (
      select 1 from hub.person p
      where p.source = t.source and p.authority_id = t.authority_id and p.denied_at is not null))))`
}
