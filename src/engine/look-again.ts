import type { Log } from '../core/log.ts'
import type { Journal } from '../journal/index.ts'

type Late = { lane: string; deliveryIds: readonly string[] }

/**
 * What a call wrote after it was given up on is found out by another look at its deliveries. Nobody waits for this; that
 * it failed is said all the same.
 */
export function lookAgain(late: Late, { journal, log }: { journal: Pick<Journal, 'queue'>; log: Log }): void {
  journal.queue
    .makeDueAgain(late)
    .catch((thrown) => log.error({ lane: late.lane, err: thrown }, 'A late write could not be looked at again'))
}
