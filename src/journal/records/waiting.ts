import type { DeliveryKind } from '../../core/queue.ts'
import type { AnySql } from '../sql/sql.ts'

/** How many deliveries wait at one connector, and for what time. */
export type WaitingRow = {
  connector: string
  kind: DeliveryKind
  /** The authority that is asked before any of them is carried out; null: none is. */
  authority: string | null
  /** `due` now, `tried` before and due later, or `planned` for later and never tried. */
  state: 'due' | 'tried' | 'planned'
  count: number
  /** The earliest of their times. */
  nextAttemptAt: string | null
}

/** Counts what is open, by what it waits for. Reads open deliveries alone, by their index. */
export async function countWaiting(sql: AnySql): Promise<WaitingRow[]> {
  return sql<WaitingRow[]>`
    select d.connector, d.kind, case when d.kind in ('sync', 'on') then l.authority end as authority,
      case when d.next_attempt_at <= now() then 'due' when d.attempts > 0 then 'tried' else 'planned' end as state,
      count(*)::int as count, min(d.next_attempt_at) as "nextAttemptAt"
    from hub.delivery d left join hub.lane l on l.key = d.lane
    where d.status = 'pending' and d.collapsed_into is null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`
}
