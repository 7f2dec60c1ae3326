import type { AuditAct } from '../../core/audit.ts'
import type { JsonObject } from '../../core/json.ts'
import type { ActRole, ActWay } from '../../core/operator.ts'
import type { AnySql } from '../sql/sql.ts'

/** What is left of an entry's words; `changed`: they are not those that its hash was made of. */
export type AuditWords = 'none' | 'kept' | 'changed' | 'erased'

export type AuditRow = {
  /** Counted without a gap, in the order in which transactions began to write; null: not yet. */
  number: number | null
  id: string
  at: string
  /** Whom the surface vouched for. */
  actor: string
  /** The name that was given, or else the actor. */
  by: string
  role: ActRole
  way: ActWay
  act: AuditAct
  targets: string[]
  facts: JsonObject
  reason: string | null
  planHash: string | null
  result: string
  requestId: string | null
  /** The salted hash of the words; null: there were none. */
  note: string | null
  words: AuditWords
}

export type AuditFilter = {
  /** Whom the surface vouched for, or the name that was given. */
  actor?: string | undefined
  act?: AuditAct | undefined
  /** About one of these ids. */
  targets?: readonly string[] | undefined
  /** ISO time. */
  since?: string | undefined
}

type AuditPage = AuditFilter & { limit: number } & (
    | { order: 'newest'; after?: string | undefined }
    /** Only numbered ones, beyond this number: none can come before them any more. */
    | { order: 'numbered'; after: number }
  )

/** Lists what is on record: the newest first, after an id; or by number. */
export async function listAudit(sql: AnySql, page: AuditPage): Promise<AuditRow[]> {
  const { actor, act, targets, since, limit } = page
  const rows = await sql<(Omit<AuditRow, 'number'> & { number: string | null })[]>`
    select number, id, at, actor, by, role, way, act, to_jsonb(targets) as targets, facts, reason, plan_hash as "planHash",
      result, request_id as "requestId", note, words
    from ${selectActs(sql, targets)} e
    where ${actor === undefined ? sql`true` : sql`${actor} in (actor, by)`}
      and ${act === undefined ? sql`true` : sql`act = ${act}`}
      and ${since === undefined ? sql`true` : sql`at >= ${since}`}
      and ${describePlace(sql, page)}
    order by ${page.order === 'numbered' ? sql`number` : sql`at desc, id desc`} limit ${limit}`
  return rows.map((row) => ({ ...row, number: row.number === null ? null : Number(row.number) }))
}

/** The acts, or those about one of these ids: each looked up by its key then. */
export function selectActs(sql: AnySql, about: readonly string[] | undefined) {
  if (about === undefined) return sql`hub.audit_entry`
  return sql`(select entry.* from hub.acts_about(${[...about]}::text[]) as found,
    lateral (select * from hub.audit_entry where id = found.id offset 0) as entry)`
}

function describePlace(sql: AnySql, { order, after }: AuditPage) {
  if (order === 'numbered') return sql`number > ${after}`
  return after === undefined ? sql`true` : sql`(at, id) < (select b.at, b.id from hub.audit b where b.id = ${after})`
}
