import type { ClaimedLane } from '../../core/queue.ts'
import type { WorkFacts } from '../../core/work-scope.ts'
import type { ChosenWork } from './looks.ts'
import { newestOf } from './sync-work.ts'

/**
 * Tells what a run's calls count as: those of a denial go before all others. What an operator replays is bulk, and its
 * calls were taken by the batch that made the lane due.
 */
export function findCallClass(
  { denial }: Pick<ClaimedLane, 'denial'>,
  { deliveries, looks }: ChosenWork,
): Pick<WorkFacts, 'calls'> {
  if (looks.length > 0) return { calls: 'background' }
  if (newestOf(deliveries).trigger === 'manual') return { calls: 'bulk' }
  return denial ? {} : { calls: 'opening' }
}
