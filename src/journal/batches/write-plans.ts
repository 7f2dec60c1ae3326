import type { PlannedRow } from '../../core/batch.ts'
import type { NewEvent } from '../../core/queue.ts'
import { goByKey } from '../sql/read-by-key.ts'
import { type AnySql, type Sql, toCleanRows, transaction } from '../sql/sql.ts'
import { type BatchTurn, holdBatchTurn } from './take-turn.ts'

/** What was planned for a row, by its place in the set. */
export type RowToWrite = PlannedRow & {
  ordinal: number
  /** By which the person is looked at anew after the act; absent: the act needs none. */
  event?: NewEvent
}

/**
 * Writes the plans of rows that had none, and when all have one, the hash over all of them. False: another process has the
 * batch, or it is not to be planned any more; then nothing is written.
 */
export async function writePlans(
  sql: Sql,
  turn: BatchTurn,
  { rows, leaseSeconds }: { rows: readonly RowToWrite[]; leaseSeconds: number },
): Promise<boolean> {
  return transaction(sql, async (tx) => {
    // A set that was just frozen has no statistics yet: a plan that reads it whole would look cheap.
    await goByKey(tx)
    if (!(await holdBatchTurn(tx, turn, { leaseSeconds }))) return false
    await tx`
      with written as (
        update hub.batch_row r set plan = p.plan, code = p.code, changes = p.changes, plan_hash = p."planHash",
          planned_at = now()
        from ${selectPlans(tx, rows)} where r.batch = ${turn.id} and r.ordinal = p.ordinal and r.ordinal = any(${listOrdinals(rows)})
          and r.planned_at is null
        returning r.plan
      ), sum as (
        select count(*) as planned, count(*) filter (where plan = 'would_change') as would_change,
          count(*) filter (where plan = 'nothing') as nothing, count(*) filter (where plan = 'superseded') as superseded,
          count(*) filter (where plan = 'cannot_tell') as cannot_tell
        from written
      )
      update hub.batch b set planned = b.planned + sum.planned, would_change = b.would_change + sum.would_change,
        nothing = b.nothing + sum.nothing, superseded = b.superseded + sum.superseded,
        cannot_tell = b.cannot_tell + sum.cannot_tell
      from sum where b.id = ${turn.id}`
    await tx`
      update hub.batch set plan_hash = (
        select encode(sha256(convert_to(string_agg(ordinal || ':' || plan_hash, ',' order by ordinal), 'UTF8')), 'hex')
        from hub.batch_row where batch = ${turn.id})
      where id = ${turn.id} and planned = count`
    return true
  })
}

/** The plans as rows `p`. */
export function selectPlans(sql: AnySql, rows: readonly RowToWrite[]) {
  const plans = rows.map(({ event: _, ...plan }) => plan)
  return sql`jsonb_to_recordset(${toCleanRows(sql, plans)}) as p (
    ordinal integer, plan text, code text, changes jsonb, "planHash" text)`
}

/** The places of rows in the set: by these the index leads to the rows, whatever they are joined with. */
export function listOrdinals(rows: readonly { ordinal: number }[]): number[] {
  return rows.map(({ ordinal }) => ordinal)
}
