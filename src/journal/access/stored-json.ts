import type { AskedAccess } from '../../core/access.ts'
import type { JsonObject } from '../../core/json.ts'
import type { AnySql } from '../sql/sql.ts'

// `hub.delivery.request` and `hub.access_grant.request` keep the form of earlier versions, in which the platform's own
// words stand in an inner `request`: an older hub may work on the same database. Nothing else knows that form, but for
// SQL that looks at one member of it.

/** The stored form, to be written. */
export function toStoredForm(asked: AskedAccess): JsonObject {
  const { subject, application, permissions, accessLengthSeconds, comment, taskUrl, fields, ...rest } = asked
  return { request: { subject, application, permissions, accessLengthSeconds, comment, taskUrl, fields }, ...rest }
}

/** An `AskedAccess`, read from the table under this alias. `hub.delivery.request` is json, which has no operators. */
export function selectAsked(sql: AnySql, table: 'd' | 'g') {
  const stored = sql`${sql(table)}.request::jsonb`
  return sql`((${stored} - 'request') || (${stored} -> 'request'))`
}

/** A row `g` of `hub.access_grant` as a `LiveGrant`. */
export function selectLiveGrant(sql: AnySql) {
  return sql`jsonb_build_object('id', g.id, 'access', g.access, 'permission', g.permission,
    'asked', ${selectAsked(sql, 'g')}, 'until', hub.iso_time(g.until), 'hadBefore', g.had_before)`
}
