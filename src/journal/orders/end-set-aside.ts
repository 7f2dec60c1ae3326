import type { DeliveryStatus } from '../../core/outcome.ts'
import { lockLanes, refreshLanes } from '../queue/lanes.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'
import { type OrderNote, recordOrder } from './operator-orders.ts'

type EndOrder = OrderNote & { id: string; kind: 'dismiss' | 'cancel'; delivery: string }

/** Statuses in which a delivery was set aside, and rings until an operator says that it may not. */
export const setAsideStatuses = [
  'failed',
  'held',
  'contradicted',
  'no_match',
  'uncertain',
] as const satisfies readonly DeliveryStatus[]

/**
 * Ends a delivery that was set aside and does not go on by itself, with who says so and why. What takes access away is
 * cancelled, and stays in the report of leavers; anything else is dismissed. False when it is none of these by now.
 */
export async function endSetAside(sql: Sql, { id, kind, delivery, ...note }: EndOrder): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const lanes = await tx<{ lane: string }[]>`select lane from hub.delivery where id = ${delivery}`
    const keys = lanes.map(({ lane }) => lane)
    await lockLanes(tx, keys)
    const [ended] = await tx<{ person: string | null }[]>`
      update hub.delivery set status = 'superseded', settled_at = now(),
        code = ${kind === 'dismiss' ? 'dismissed' : 'cancelled'},
        last_error = concat_ws(' ', ${`${describeEnd({ kind, ...note })}. It was`}::text, status || '.', last_error)
      where id = ${delivery} and status = any(${[...setAsideStatuses]}) and next_attempt_at is null
        and collapsed_into is null and coalesce(code not in ('brake', 'protected'), true)
        and ${takesAccessAway(tx)} = ${kind === 'cancel'}
      returning person`
    if (!ended) return false
    await refreshLanes(tx, keys)
    await recordOrder(tx, { ...note, id, kind, about: [delivery, ...(ended.person ? [ended.person] : [])] })
    return true
  })
}

/** A lockout or a revoke: also one of which only the event says so. */
function takesAccessAway(tx: AnySql) {
  return tx`(direction = 'deny' or hint = 'deny' or kind in ('deprovision', 'resolve'))`
}

/** How a delivery that an operator ended says so. */
export function describeEnd({ kind, by, reason }: Pick<EndOrder, 'kind' | 'by' | 'reason'>): string {
  const verb = kind === 'dismiss' ? 'Dismissed' : 'Cancelled'
  return `${verb} by ${by}: ${(reason ?? 'no reason given').replace(/\.$/, '')}`
}
