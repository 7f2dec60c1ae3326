import { ownConnector } from './lane.ts'
import type { NewEvent } from './queue.ts'

/**
 * Called after a commit with the keys of the lanes that it woke: there may be something to deliver in them, now or when
 * their time comes. Empty: it is not known which.
 */
export type Nudge = (lanes: readonly string[]) => void

/**
 * Lists the lanes in which deliveries of these events wait, each once. Of a person's lane at the hub itself only the
 * database knows whether it was written: `own` has those that were.
 */
export function listWoken(events: readonly Pick<NewEvent, 'deliveries'>[], own: readonly string[] = []): string[] {
  const waiting = events.flatMap(({ deliveries }) => deliveries.filter(({ settled }) => !settled))
  const others = waiting.filter(({ connector }) => connector !== ownConnector)
  return [...new Set([...others.map(({ lane }) => lane), ...own])]
}
