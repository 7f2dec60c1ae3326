import type { NewAttempt } from '../../core/queue.ts'
import { asRecords, columnsOf, jsonOrNull } from '../sql/columns.ts'
import type { AnySql } from '../sql/sql.ts'

const columns = columnsOf<NewAttempt>({
  id: ['text', (attempt) => attempt.id],
  delivery_id: ['text', (attempt) => attempt.deliveryId],
  number: ['integer', (attempt) => attempt.number],
  trigger: ['text', (attempt) => attempt.trigger],
  started_at: ['timestamptz', (attempt) => attempt.startedAt],
  duration_ms: ['double precision', (attempt) => attempt.durationMs],
  outcome: ['text', (attempt) => attempt.outcome],
  error: ['text', (attempt) => attempt.error],
  state: ['jsonb', (attempt) => jsonOrNull(attempt.state)],
  changes: ['jsonb', (attempt) => jsonOrNull(attempt.changes)],
  conflicts: ['jsonb', (attempt) => jsonOrNull(attempt.conflicts)],
  answer: ['json', (attempt) => jsonOrNull(attempt.answer)],
})

export function insertAttempts(tx: AnySql, attempts: readonly NewAttempt[]) {
  return tx`
    insert into hub.attempt
      (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts, answer)
    select * from ${asRecords(tx, attempts, columns)} as r`
}
