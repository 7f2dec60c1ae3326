import type { Clock } from '../core/clock.ts'
import type { ParsedEvent } from '../core/event.ts'
import { makeId, personId } from '../core/id.ts'
import type { PersonKey } from '../core/person.ts'
import type { NewEvent } from '../core/queue.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { resyncType, route } from './route.ts'

export type QueueSyncParts = {
  ingest: Ingest
  installed: readonly Installed[]
  clock: Clock
  /** Called after each commit: there may be something to deliver. */
  nudge(): void
}

export type QueueSync = (people: readonly PersonKey[], options: { reason: string }) => Promise<number>

/** Events journaled in one transaction; hooks that arrive meanwhile get between two of them. */
const batchSize = 100

/**
 * Has every connector bring these people to what the authority says of them when their turn comes, and returns how many
 * were queued. It says nothing about their access: the event is the hub's own `hub.resync`, under the person's own
 * source, and each queueing is new, since a person may have changed since the last.
 */
export function makeQueueSync({ ingest, installed, clock, nudge }: QueueSyncParts): QueueSync {
  const toEvent = async (person: PersonKey, reason: string): Promise<NewEvent> => {
    const id = makeId('evt', clock)
    const time = clock.now().toISOString()
    const event: ParsedEvent = {
      externalId: id,
      requestId: null,
      type: resyncType,
      time,
      authorityId: person.authorityId,
      hint: 'neutral',
      trusted: true,
      data: { reason },
    }
    const deliveries = route(
      { ...event, source: 'hub', personSource: person.source },
      { installed, makeId: () => makeId('dlv', clock) },
    )
    const { hint: _hint, authorityId: _authorityId, ...rest } = event
    return {
      ...rest,
      id,
      source: 'hub',
      receivedAt: time,
      person: { id: personId(person), authorityId: person.authorityId, source: person.source },
      deliveries,
    }
  }

  return async (people, { reason }) => {
    const keyOf = ({ source, authorityId }: PersonKey) => JSON.stringify([source, authorityId])
    const unique = [...new Map(people.map((person) => [keyOf(person), person])).values()]
    for (let start = 0; start < unique.length; start += batchSize) {
      const batch = unique.slice(start, start + batchSize)
      await ingest(await Promise.all(batch.map((person) => toEvent(person, reason))))
      nudge()
    }
    return unique.length
  }
}
