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

/** Whether the person of the lane `r`, which is one at the hub itself, has a session or a token that is good now. */
export function isCallersLane(sql: AnySql) {
  return sql`exists (
    select 1 from ${selectCallers(sql)} c
    where c.source = r.authority
      and c.authority_id = substr(r.key, length(r.connector || '/' || r.authority || '/') + 1))`
}
