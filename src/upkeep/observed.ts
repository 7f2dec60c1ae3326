import type { QueueSync } from '../events/resync-event.ts'
import type { Journal } from '../journal/index.ts'

export type ObservedParts = {
  journal: Pick<Journal, 'orders' | 'records'>
  queueSync: QueueSync
  nudge(): void
}

/**
 * When a hub begins to enforce: everybody whose last run only observed is looked at anew, and what is true now is done.
 * Nothing that was planned back then is carried out; a revoke that somebody asked for, or that was due, is. Asked for at
 * every start, since it costs nothing when nobody is left; a crash on the way leaves the rest to the next start.
 */
export async function actOnObserved({ journal, queueSync, nudge }: ObservedParts): Promise<number> {
  await journal.orders.enforceObserved()
  nudge()
  const people = await journal.records.observedPeople()
  return people.length === 0 ? 0 : queueSync(people, { reason: 'only observed until now' })
}
