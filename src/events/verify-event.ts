import type { Clock } from '../core/clock.ts'
import { makeId } from '../core/id.ts'
import { personLane } from '../core/lane.ts'
import { verifyTypeOf } from '../core/verification.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { DueLook, Ingest } from '../journal/index.ts'
import { makeEvent } from './new-event.ts'

export type QueueVerifications = (due: readonly DueLook[]) => Promise<void>

/**
 * Queues looks at people whose work was done: each is an event of the source `hub` with one delivery, at the one
 * connector that is looked at; at the hub itself the person alone is read. The delivery stands in the person's own lane, so that it runs under the same lease, brake
 * and order as a lockout.
 */
export function makeQueueVerifications({
  ingest,
  clock,
  nudge,
}: {
  ingest: Ingest
  clock: Clock
  nudge: Nudge
}): QueueVerifications {
  return async (due) => {
    const events = due.flatMap(({ source, authorityId, connector, looks }) =>
      looks.map((look) => {
        const person = { source, authorityId }
        const lane = personLane({ connector, authority: source, authorityId })
        const about = { connector, lane, authority: source, kind: 'sync', direction: 'deny', hint: 'neutral' } as const
        const deliveries = [{ ...about, id: makeId('dlv', clock) }]
        return makeEvent({ source: 'hub', type: verifyTypeOf(look), data: { connector }, person, deliveries }, clock)
      }),
    )
    if (events.length === 0) return
    const { ownLanes } = await ingest(events)
    nudge(listWoken(events, ownLanes))
  }
}
