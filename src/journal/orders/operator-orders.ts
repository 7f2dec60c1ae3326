import { type OrderKind, orderKinds } from '../../core/audit.ts'
import { makeId } from '../../core/id.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { selectActs } from '../audit/read-audit.ts'
import { writeAudit } from '../audit/write-audit.ts'
import type { AnySql } from '../sql/sql.ts'

/** Who orders, and why. A replay and an order about tokens may go without a reason. */
export type OrderNote = Operator & { reason: string | null }

/** An order that must say why. */
export type ReasonedNote = Operator & { reason: string }

export type NewOrder = OrderNote & {
  /** Absent: a new one. */
  id?: string
  kind: OrderKind
  /** The ids of the deliveries, people and connectors that it is about. */
  about: readonly string[]
  /** What else was said: codes, counts, times and ids. */
  facts?: JsonObject
  /** What else was said in words, which can be erased. */
  words?: JsonObject
  /** Of the plan that was applied; absent: nothing was planned. */
  planHash?: string | null
}

/** `by`: the name that was given, or else whom the surface vouched for. */
export type OrderRow = {
  id: string
  kind: OrderKind
  about: string[]
  facts: JsonObject
  reason: string | null
  by: string
  at: string
}

/** Puts an order on record, in the transaction that carries it out. Every order passes here, and no row is ever changed. */
export function recordOrder(
  tx: AnySql,
  { id = makeId('ord'), kind, about, facts = {}, words, reason, planHash = null, ...operator }: NewOrder,
) {
  return writeAudit(tx, operator, { id, act: kind, targets: about, facts, words: { ...words, reason }, planHash })
}

type OrderQuestion = {
  /** Only those about one of these ids. */
  about?: readonly string[]
  kinds?: readonly OrderKind[]
  limit: number
}

/** Lists what operators ordered, the newest first. */
export async function listOrders(
  sql: AnySql,
  { about, kinds = orderKinds, limit }: OrderQuestion,
): Promise<OrderRow[]> {
  return sql<OrderRow[]>`
    select id, act as kind, to_jsonb(targets) as about, facts, reason, by, at
    from ${selectActs(sql, about)} as e
    where way <> 'hub' and act = any(${[...kinds]})
    order by at desc, id desc limit ${limit}`
}
