import { ownConnector } from '../core/lane.ts'
import type { QueueVerifications } from '../events/verify-event.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'

/** So many people are read in one step; the others come with the next one. */
const stepPeople = 100

/** Has people with an open session read at their authority. */
export type ReadCallers = () => Promise<void>

/**
 * Looks at intervals for people with an open session whom nobody has read lately, one process at a time, and queues a
 * read of each in their lane at the hub itself: a session counts only while its person was read within half an hour.
 */
export function makeReadCallers({
  journal: { records },
  installed,
  queueVerifications,
  readCallersEverySeconds: seconds,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  queueVerifications: QueueVerifications
  readCallersEverySeconds: number
  leaseSeconds: number
}): ReadCallers {
  const sources = installed.filter(({ connector }) => connector.read).map(({ id }) => id)
  return async () => {
    const chore = await records.beginChore({ name: 'read callers', leaseSeconds })
    if (!chore) return
    const people = await records.listUnreadCallers({ sources, seconds, limit: stepPeople })
    await queueVerifications(people.map((person) => ({ ...person, connector: ownConnector, looks: ['ids'] })))
    await records.endChore(chore, { dueInSeconds: seconds })
  }
}
