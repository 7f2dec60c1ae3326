import { lockLanes } from '../queue/lanes.ts'
import { inOrder, type Sql, transaction } from '../sql/sql.ts'

/**
 * Makes due at once what waits only because the hub observed when it was last tried: revokes that are owed. What is
 * settled meanwhile stays settled.
 */
export async function enforceObserved(sql: Sql): Promise<void> {
  const waiting = await sql<{ id: string; lane: string }[]>`
    select d.id, d.lane from hub.delivery d
    where d.next_attempt_at is not null and d.status = 'pending' and (
      select a.outcome from hub.attempt a where a.delivery_id = d.id order by a.started_at desc, a.id desc limit 1
    ) = 'observing'`
  if (waiting.length === 0) return
  const lanes = [...new Set(waiting.map(({ lane }) => lane))]
  await transaction(sql, (tx) =>
    inOrder([
      lockLanes(tx, lanes),
      tx`update hub.lane set next_at = now() where key = any(${lanes})`,
      tx`update hub.delivery set next_attempt_at = now()
        where id = any(${waiting.map(({ id }) => id)}) and next_attempt_at is not null and status = 'pending'`,
    ]),
  )
}
