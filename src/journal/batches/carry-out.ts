import type { RowResult } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import { makeId } from '../../core/id.ts'
import type { Operator } from '../../core/operator.ts'
import { orderHoldsIn } from '../orders/holds.ts'
import { replayIn } from '../orders/replay.ts'
import { goByKey } from '../sql/read-by-key.ts'
import { type AnySql, type Sql, toCleanRows, transaction } from '../sql/sql.ts'
import { type BatchTurn, holdBatchTurn } from './take-turn.ts'
import { listOrdinals, type RowToWrite, selectPlans } from './write-plans.ts'

type Carrying = {
  /** The plans as they are now. */
  rows: readonly RowToWrite[]
  /** Who applied the batch, as it goes on record. */
  operator: Operator
  leaseSeconds: number
}

type Judged = { ordinal: number; subject: string; direction: HeldDirection | null; verdict: RowResult }

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
    const meant = judged.filter(({ verdict }) => verdict === 'carried_out')
    const done = await carryOutEach(tx, turn, { rows: meant, operator })
    const results = judged.map(({ ordinal, subject, verdict }) => ({
      ordinal,
      result: verdict === 'carried_out' && !done.has(subject) ? 'left_alone' : verdict,
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
      select r.ordinal, r.subject, r.direction, case
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
    select ordinal, subject, direction, verdict from judged order by ordinal`
}

type Meant = { rows: readonly Judged[]; operator: Operator }

/** Does the act to these, as a single order would, and returns to which it was done. */
async function carryOutEach(
  tx: AnySql,
  { id, act, reason, planHash }: BatchTurn,
  { rows, operator }: Meant,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const note = { ...operator, reason: reason ?? '', planHash, facts: { batch: id } }
  if (act === 'replay') {
    const order = { kind: act, ...note } as const
    const replayed = await replayIn(tx, { ids: rows.map(({ subject }) => subject), order })
    return new Set(replayed.map((row) => row.id))
  }
  const done = new Set<string>()
  for (const { subject: person, direction } of rows) {
    const ordered = await orderHoldsIn(tx, { ...note, id: makeId('ord'), kind: act, person, direction })
    if (ordered.people > 0) done.add(person)
  }
  return done
}
