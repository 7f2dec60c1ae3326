import type { Conflict } from '../core/change.ts'
import type { Json } from '../core/json.ts'
import type { ChangeRecord, Trigger } from '../core/outcome.ts'
import type { PersonState } from '../core/person.ts'
import { type AnySql, asCleanRows } from './sql.ts'

export type NewAttempt = {
  id: string
  deliveryId: string
  number: number
  trigger: Trigger
  startedAt: string
  durationMs: number
  outcome: string
  error: string | null
  state: PersonState | null
  changes: ChangeRecord[]
  conflicts: Conflict[]
  /** What an inline kind answered, or would have. */
  answer?: Json
}

export function insertAttempts(tx: AnySql, attempts: readonly NewAttempt[]) {
  return tx`
    insert into hub.attempt
      (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts, answer)
    select r.id, r."deliveryId", r.number, r.trigger, r."startedAt", r."durationMs", r.outcome, r.error, r.state,
      r.changes, r.conflicts, r.answer
    from jsonb_to_recordset(${asCleanRows(tx, attempts)}) as r (
      id text, "deliveryId" text, number integer, trigger text, "startedAt" timestamptz, "durationMs" double precision,
      outcome text, error text, state jsonb, changes jsonb, conflicts jsonb, answer jsonb
    )`
}
