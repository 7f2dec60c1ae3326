import type { Log } from '../../core/log.ts'
import { type OutcomeKind, wordsOf } from '../../core/outcome.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import type { VerdictOn } from './tried.ts'

/** Ends of a try after which a lockout or a revoke is still to be done, and something must have gone wrong. */
const failed = new Set<OutcomeKind>(['retry', 'permanent', 'credential', 'missing_right', 'uncertain'])

/** Writes a line for a failed try of a lockout or a revoke: until it is done, the person may still be let in. */
export function logFailedDenial(
  { delivery, outcome, verdict }: VerdictOn,
  { lane, log, deny }: { lane: Pick<ClaimedLane, 'connector' | 'person'>; log: Log; deny: boolean },
): void {
  if (!failed.has(outcome.kind) || !(deny || outcome.kind === 'uncertain')) return
  log.warn(
    {
      ...{ connector: lane.connector, kind: delivery.kind, person: lane.person?.id ?? null },
      ...{ event: delivery.eventId, delivery: delivery.id, tries: delivery.attempts + 1 },
      ...{ outcome: outcome.kind, nextTrySeconds: verdict.waitSeconds, error: wordsOf(outcome).error },
    },
    'A lockout or a revoke failed',
  )
}
