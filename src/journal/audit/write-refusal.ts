import type { Operator } from '../../core/operator.ts'
import { readSqlState, type Sql } from '../sql/sql.ts'
import { toAuditJson } from './write-audit.ts'

/** Who was refused what: the act or route, what it asks for, and a stable code of why. */
export type NewRefusal = { what: string; code: string; facts: Record<string, string> }

/**
 * Puts a refusal on record, once for each account, act and hour of the database's clock: a flood of the same request is
 * one row. The id is made of these three, so that of two processes one writes it, and the other finds it. True: it is new.
 */
export async function writeRefusal(sql: Sql, operator: Operator, { what, code, facts }: NewRefusal): Promise<boolean> {
  const account = operator.account ?? operator.by
  const entry = toAuditJson(operator, { act: 'refused', targets: [], facts: { what, code, ...facts } })
  try {
    const written = await sql`
      with same as (
        select 'aud_' || left(encode(sha256(convert_to(
          ${JSON.stringify([account, what, code])}::text || to_char(now() at time zone 'utc', 'YYYYMMDDHH24'), 'UTF8')), 'hex'), 32) as id
      )
      select hub.write_audit(jsonb_build_object('result', 'refused', 'id', same.id) || ${entry}::text::jsonb) from same
      where not exists (select 1 from hub.audit a where a.id = same.id)`
    return written.count > 0
  } catch (thrown) {
    // Another process wrote the same row between the look and the insert.
    if (readSqlState(thrown) === '23505') return false
    throw thrown
  }
}
