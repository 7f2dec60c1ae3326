import type { AuditAct } from '../../core/audit.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { type AnySql, toCleanJson } from '../sql/sql.ts'

export type NewAuditEntry = {
  /** Absent: a new one. */
  id?: string
  act: AuditAct
  /** The ids of the deliveries, people and connectors that it is about. */
  targets: readonly string[]
  /** Codes, counts and times. What names a person in it goes to the words. */
  facts?: JsonObject
  /** Free text, which can be erased. */
  words?: JsonObject
  planHash?: string | null
}

/**
 * Writes an act on record, in the transaction that carries it out: every act passes here or, where PostgreSQL itself
 * decides, `hub.write_audit`.
 */
export function writeAudit(sql: AnySql, operator: Operator, entry: NewAuditEntry) {
  return sql`select hub.write_audit(${toAuditJson(operator, entry)}::text::jsonb)`
}

/** An entry as `hub.write_audit` reads it, for a statement that writes it under a condition. */
export function toAuditJson(
  { by, account, role, way, requestId }: Operator,
  { id, act, targets, facts = {}, words = {}, planHash }: NewAuditEntry,
): string {
  const parts = separateNames(facts)
  return toCleanJson({
    ...{ id, actor: account ?? by, role, way, act, targets: [...new Set(targets)], planHash, requestId },
    facts: parts.codes,
    words: { ...(account === undefined || account === by ? {} : { by }), ...parts.names, ...words },
  })
}

/** An e-mail stands in some ids of users, such as `samlp|acme|jane@acme.com`: such a fact must be erasable. */
export function separateNames(facts: JsonObject): { codes: JsonObject; names: JsonObject } {
  const isName = ([, value]: [string, Json]) => JSON.stringify(value).includes('@')
  const all = Object.entries(facts)
  return {
    codes: Object.fromEntries(all.filter((fact) => !isName(fact))),
    names: Object.fromEntries(all.filter(isName)),
  }
}
