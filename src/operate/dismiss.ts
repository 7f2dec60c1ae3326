import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { DeliveryDetails, Journal, ReasonedNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'
import { completeId } from './one-id.ts'

type Dismissal = ReasonedNote & { delivery: string }

/**
 * Ends a delivery that was set aside and that nobody waits for any more, such as a provision that was refused: it rings
 * no longer, and says who dismissed it and why. A lockout or a revoke is never dismissed.
 */
export async function dismissDelivery(
  { journal, clock }: { journal: Pick<Journal, 'orders' | 'records'>; clock: Clock },
  { delivery: text, ...note }: Dismissal,
): Promise<string> {
  assertReason(note.reason)
  const id = await completeId(journal, text)
  const found = await journal.records.showDelivery(id)
  if (!found) {
    const fix = 'Find it with "npm run hub -- deliveries --status failed".'
    throw new UsageError({
      what: `There is no delivery "${id}".`,
      why: 'The journal does not know it.',
      fix,
      code: 'unknown_delivery',
    })
  }
  const order = { id: makeId('ord', clock), kind: 'dismiss', delivery: id, ...note } as const
  if (await journal.orders.endSetAside(order)) return id
  throw refuseDismissal(found)
}

function refuseDismissal(delivery: DeliveryDetails): UsageError {
  const { id, status, direction, kind, code, collapsedInto, nextAttemptAt } = delivery
  const what = `${id} cannot be dismissed.`
  if (status === 'succeeded' || status === 'superseded')
    return new UsageError({ what, why: `It is ${status}: it does not ring.`, fix: 'Nothing is to be done.' })
  if (code === 'brake' || code === 'protected') {
    const fix = `End it with: npm run hub -- brake cancel ${id} --reason "…".`
    return new UsageError({ what, why: 'An operator decides on what the brake holds.', fix })
  }
  if (collapsedInto !== null) {
    const fix = `Dismiss that one, if it was set aside.`
    return new UsageError({ what, why: `The run of ${collapsedInto} stands for it.`, fix })
  }
  if (status === 'pending' || status === 'running' || nextAttemptAt !== null) {
    const why = 'It goes on by itself: only what was set aside is dismissed.'
    return new UsageError({ what, why, fix: `See when: npm run hub -- show ${id}.` })
  }
  const takes = kind === 'deprovision' || kind === 'resolve' ? 'A revoke' : direction === 'deny' ? 'A lockout' : 'It'
  return new UsageError({
    what,
    why: `${takes} takes access away: somebody may still have it. That is only cancelled, and stays in the report.`,
    fix: `See what to do: npm run hub -- show ${id}. To end it all the same: npm run hub -- brake cancel ${id} --reason "…".`,
  })
}
