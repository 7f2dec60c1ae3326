import type { Clock } from '../core/clock.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewEvent } from '../core/queue.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'
import { resyncType } from './route.ts'

export type QueueSync = (people: readonly PersonKey[], options: { reason: string }) => Promise<number>

/** Makes the event after which a person is looked at anew at every connector, with its deliveries. */
export function makeResyncEvent(
  person: PersonKey,
  { reason }: { reason: string },
  routes: { installed: readonly Installed[]; clock: Clock },
): NewEvent {
  return makeRoutedEvent({ source: 'hub', type: resyncType, data: { reason }, person }, routes)
}

/** Events journaled in one transaction; hooks that arrive meanwhile get between two of them. */
const batchSize = 100

/**
 * Queues a sync of each of these people at every connector, and returns how many people that were. It says nothing about
 * their access: the event is the hub's own `hub.resync`, under the person's own source. Each queueing is a new event,
 * since a person may have changed since the last one.
 */
export function makeQueueSync({
  ingest,
  nudge,
  ...routes
}: {
  ingest: Ingest
  installed: readonly Installed[]
  clock: Clock
  nudge: Nudge
}): QueueSync {
  return async (people, { reason }) => {
    const keyOf = ({ source, authorityId }: PersonKey) => JSON.stringify([source, authorityId])
    const unique = [...new Map(people.map((person) => [keyOf(person), person])).values()]
    for (let start = 0; start < unique.length; start += batchSize) {
      const batch = unique.slice(start, start + batchSize)
      const events = batch.map((person) => makeResyncEvent(person, { reason }, routes))
      const { ownLanes } = await ingest(events)
      nudge(listWoken(events, ownLanes))
    }
    return unique.length
  }
}
