import type { HubPolicy } from '../core/policy.ts'
import type { Nudge } from '../core/woken.ts'
import type { QueueSync } from '../events/resync-event.ts'
import type { Journal } from '../journal/index.ts'

/**
 * Makes what a hub does at every start: people whose last run only observed are looked at anew, and what is true now is
 * done; returns how many they are. Nothing that was planned back then is carried out, but a revoke that was asked for, or
 * that was due, is. It costs nothing when there are none; a crash on the way leaves the rest to the next start. A hub that
 * observes, if only some, does nothing: whom a batch has it enforce for is looked at anew by that batch.
 */
export function makeActOnObserved({
  mode,
  journal,
  queueSync,
  nudge,
}: {
  mode: HubPolicy['mode']
  journal: Pick<Journal, 'orders' | 'records'>
  queueSync: QueueSync
  nudge: Nudge
}): () => Promise<number> {
  return async () => {
    if (mode !== 'enforce') return 0
    await journal.orders.enforceObserved()
    nudge([])
    const people = await journal.records.listObservedPeople()
    return people.length === 0 ? 0 : queueSync(people, { reason: 'only observed until now' })
  }
}
