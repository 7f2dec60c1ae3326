import type { Sql } from '../sql/sql.ts'

/** A row `g` of `hub.access_grant` as a `LiveGrant`. */
export function liveGrantJson(sql: Sql) {
  return sql`jsonb_build_object('id', g.id, 'access', g.access, 'permission', g.permission,
    'request', g.request, 'until', g.until, 'hadBefore', g.had_before)`
}
