import type { Sql } from '../sql/sql.ts'
import { askedJson } from './asked-access.ts'

/** A row `g` of `hub.access_grant` as a `LiveGrant`. */
export function liveGrantJson(sql: Sql) {
  return sql`jsonb_build_object('id', g.id, 'access', g.access, 'permission', g.permission,
    'asked', ${askedJson(sql, 'g')}, 'until', hub.iso_time(g.until), 'hadBefore', g.had_before)`
}
