import type { AuditAct } from '../../core/audit.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Operator } from '../../core/operator.ts'
import { writeAudit } from '../audit/write-audit.ts'
import { type Sql, transaction } from '../sql/sql.ts'
import { toActorJson } from './freeze-set.ts'
import { type BatchRow, selectBatch } from './read-batches.ts'

/** What an order changes of a batch. `approves`: all who must have applied it have. */
export type BatchChange =
  | { to: 'paused' | 'resumed' | 'cancelled' }
  | {
      to: 'waiting'
      first: boolean
      approves: boolean
      overrides: boolean
      reason: string
      pace?: number | undefined
      startAt?: string | null | undefined
    }

type BatchOrder = {
  id: string
  operator: Operator
  /** Why; null: no reason is needed. */
  reason: string | null
  act: Extract<AuditAct, `batch.${string}`>
  facts?: JsonObject
  /** Decides, of the batch as it stands under its lock. @throws UsageError where it may not be */
  decide(batch: BatchRow): BatchChange
}

/** Carries out an order about a batch under its lock, and puts it on record. Null: there is no such batch. */
export async function changeBatch(
  sql: Sql,
  { id, operator, reason, act, facts = {}, decide }: BatchOrder,
): Promise<BatchRow | null> {
  return transaction(sql, async (tx) => {
    const [batch] = await tx<BatchRow[]>`${selectBatch(tx)} where b.id = ${id} for update of b`
    if (!batch) return null
    const change = decide(batch)
    if (change.to === 'waiting') {
      const actor = toActorJson(operator)
      const { first, approves, overrides, startAt = batch.startAt, pace = batch.pace } = change
      await tx`
        update hub.batch set state = 'waiting', pace = ${pace}, start_at = ${startAt}, overridden = ${overrides},
          approved_at = case when ${approves}::boolean then now() end,
          reason = case when ${first}::boolean then ${change.reason} else reason end,
          applied_at = case when ${first}::boolean then now() else applied_at end,
          applied_by = case when ${first}::boolean then ${actor}::text::jsonb else applied_by end,
          seconded_by = case when ${first}::boolean then null else ${actor}::text::jsonb end
        where id = ${id}`
    } else {
      // It begins as one that waits does: at its time, and in no freeze.
      const state = change.to === 'resumed' ? 'waiting' : change.to
      await tx`
        update hub.batch set state = ${state}, lease_until = null, epoch = epoch + 1,
          ended_at = case when ${state} = 'cancelled' then now() end
        where id = ${id}`
    }
    await writeAudit(tx, operator, {
      act,
      targets: [id],
      facts: { act: batch.act, rows: batch.count, ...facts },
      words: { reason },
      planHash: batch.planHash,
    })
    const [changed] = await tx<BatchRow[]>`${selectBatch(tx)} where b.id = ${id}`
    return changed ?? null
  })
}
