import type { AnySql } from '../sql/sql.ts'

/** Who works with the hub itself: the people of the tokens and sessions that are good now. */
export function selectCallers(sql: AnySql) {
  return sql`(
    select source, authority_id from hub.token
    where source is not null and revoked_at is null and expires_at > now()
    union all
    select source, authority_id from hub.session
    where source is not null and ended_at is null and expires_at > now())`
}
