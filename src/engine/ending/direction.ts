import type { Direction } from '../../core/change.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import type { Tried } from './tried.ts'

/**
 * Tells a delivery's direction. A sync delivery is deny work until the authority has said otherwise, and as long as it
 * has something to take away: what an earlier denial still owes outlives a status that decides nothing.
 */
export function findDirection({ delivery, run }: Tried, { owed }: Pick<ClaimedLane, 'owed'>): Direction {
  if (delivery.kind !== 'sync') return delivery.hint
  if (!run?.state || run.state.access === 'deny') return 'deny'
  if (run.changes.some(({ direction }) => direction === 'deny')) return 'deny'
  if (run.state.access === 'allow') return 'allow'
  return owed.length > 0 ? 'deny' : 'neutral'
}
