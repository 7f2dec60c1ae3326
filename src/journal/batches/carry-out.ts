import type { RowResult } from '../../core/batch.ts'
import type { Operator } from '../../core/operator.ts'
import { goByKey } from '../sql/read-by-key.ts'
import { type AnySql, type Sql, toCleanRows, transaction } from '../sql/sql.ts'
import type { MeantRow } from './batch-act.ts'
import { carryOutRows } from './journaled-acts.ts'
import { type BatchTurn, holdBatchTurn } from './take-turn.ts'
import { listOrdinals, type RowToWrite, selectPlans } from './write-plans.ts'

type Carrying = {
  /** The plans as they are now. */
  rows: readonly RowToWrite[]
  /** Who applied the batch, as it goes on record. */
  operator: Operator
  leaseSeconds: number
}

type Judged = Omit<MeantRow, 'event'> & { verdict: RowResult }

/**
 * Carries out those rows whose plan is the one that was applied, and writes for each what became of it in the same
 * transaction: a row that a killed process had carried out is over, and one that is not over was not carried out. False:
 * another process has the batch, or it was paused or cancelled; then nothing is done.
 */
export async function carryOut(
  sql: Sql,
  turn: BatchTurn,
  { rows, operator, leaseSeconds }: Carrying,
): Promise<boolean> {
  return transaction(sql, async (tx) => {
    // A set that was just frozen has no statistics yet: a plan that reads it whole would look cheap.
    await goByKey(tx)
    if (!(await holdBatchTurn(tx, turn, { leaseSeconds }))) return false
    const judged = await judgeRows(tx, turn.id, rows)
    const meant = listMeant(judged, rows)
    const note = { ...operator, reason: turn.reason ?? '', planHash: turn.planHash, facts: { batch: turn.id } }
    const done: ReadonlySet<number> =
      meant.length === 0 ? new Set() : await carryOutRows(tx, turn.act, { rows: meant, terms: turn.terms, note })
    const results = judged.map(({ ordinal, verdict }) => ({
      ordinal,
      result: verdict === 'carried_out' && !done.has(ordinal) ? 'left_alone' : verdict,
    }))
    await tx`
      with written as (
        update hub.batch_row r set result = x.result, done_at = now()
        from jsonb_to_recordset(${toCleanRows(tx, results)}) as x (ordinal integer, result text)
        where r.batch = ${turn.id} and r.ordinal = x.ordinal and r.ordinal = any(${listOrdinals(rows)}) returning r.result
      ), sum as (
        select count(*) filter (where result = 'carried_out') as carried_out,
          count(*) filter (where result = 'left_alone') as left_alone,
          count(*) filter (where result in ('changed', 'stale', 'unread')) as came_back
        from written
      )
      update hub.batch b set carried_out = b.carried_out + sum.carried_out, left_alone = b.left_alone + sum.left_alone,
        came_back = b.came_back + sum.came_back
      from sum where b.id = ${turn.id}`
    await tx`
      update hub.batch set state = 'done', ended_at = now(), lease_until = null
      where id = ${turn.id} and carried_out + left_alone + came_back = count`
    return true
  })
}

/** So long a plan is good for, from when it was read until it is applied. */
const goodForSeconds = 3600

/** Judges each row by what it was planned as, and by its plan now, which is written beside where it is another. */
function judgeRows(tx: AnySql, batch: string, rows: readonly RowToWrite[]): Promise<Judged[]> {
  return tx<Judged[]>`
    with judged as (
      select r.ordinal, r.subject, r.connector, r.direction, r.target, case
        when p.plan = 'superseded' then 'left_alone'
        when r.planned_at < b.approved_at - make_interval(secs => ${goodForSeconds}) then 'stale'
        when r.plan_hash <> p."planHash" then 'changed'
        when p.plan = 'cannot_tell' and p.code not in ('handler', 'revoke') then 'unread'
        else 'carried_out' end as verdict
      from hub.batch_row r join hub.batch b on b.id = r.batch join ${selectPlans(tx, rows)} on p.ordinal = r.ordinal
      where r.batch = ${batch} and r.ordinal = any(${listOrdinals(rows)}) and r.result is null
    ), renewed as (
      update hub.batch_row r set plan = p.plan, code = p.code, changes = p.changes, plan_hash = p."planHash",
        planned_at = now()
      from judged j, ${selectPlans(tx, rows)}
      where r.batch = ${batch} and r.ordinal = any(${listOrdinals(rows)}) and r.ordinal = j.ordinal and p.ordinal = j.ordinal and j.verdict = 'changed'
    )
    select ordinal, subject, connector, direction, target, verdict from judged order by ordinal`
}

function listMeant(judged: readonly Judged[], rows: readonly RowToWrite[]): MeantRow[] {
  const events = new Map(rows.map(({ ordinal, event = null }) => [ordinal, event]))
  const meant = judged.filter(({ verdict }) => verdict === 'carried_out')
  return meant.map(({ verdict: _, ...row }) => ({ ...row, event: events.get(row.ordinal) ?? null }))
}
