import { makeId } from '../../core/id.ts'
import type { JsonObject } from '../../core/json.ts'
import { type AnySql, toCleanJson } from '../sql/sql.ts'

/** Everything that an operator can order. */
export const orderKinds = [
  'release',
  'cancel',
  'expect',
  'protect',
  'unprotect',
  'except',
  'adopt',
  'resume',
  'replay',
  'recover',
  'dismiss',
  'token_made',
  'token_revoked',
] as const

export type OrderKind = (typeof orderKinds)[number]

/** Who orders, and why. A replay and an order about tokens may go without a reason. */
export type OrderNote = { by: string; reason: string | null }

export type NewOrder = OrderNote & {
  /** Absent: a new one. */
  id?: string
  kind: OrderKind
  /** The ids of the deliveries, people and connectors that it is about. */
  about: readonly string[]
  /** What else was said. */
  facts?: JsonObject
}

export type OrderRow = Omit<Required<NewOrder>, 'about'> & { about: string[]; at: string }

/** Puts an order on record, in the transaction that carries it out. Every order passes here, and no row is ever changed. */
export function recordOrder(tx: AnySql, { id = makeId('ord'), kind, about, facts = {}, reason, by }: NewOrder) {
  return tx`
    insert into hub.operator_order (id, kind, about, facts, reason, ordered_by)
    values (${id}, ${kind}, ${[...new Set(about)]}, ${toCleanJson(facts)}::text::jsonb, ${reason}, ${by})`
}

type OrderQuestion = {
  /** Only those about one of these ids. */
  about?: readonly string[]
  kinds?: readonly OrderKind[]
  limit: number
}

/** Lists what operators ordered, the newest first. */
export async function listOrders(sql: AnySql, { about, kinds, limit }: OrderQuestion): Promise<OrderRow[]> {
  return sql<OrderRow[]>`
    select id, kind, to_jsonb(about) as about, facts, reason, ordered_by as by, ordered_at as at
    from hub.operator_order
    where ${about === undefined ? sql`true` : sql`about && ${[...about]}::text[]`}
      and ${kinds === undefined ? sql`true` : sql`kind = any(${[...kinds]})`}
    order by ordered_at desc, id desc limit ${limit}`
}
