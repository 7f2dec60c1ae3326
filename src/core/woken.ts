import type { NewEvent } from './queue.ts'

/**
 * Called after a commit with the keys of the lanes that it woke: there may be something to deliver in them, now or when
 * their time comes. Empty: it is not known which.
 */
export type Nudge = (lanes: readonly string[]) => void

/** Lists the lanes in which deliveries of these events wait, each once. */
export function listWoken(events: readonly Pick<NewEvent, 'deliveries'>[]): string[] {
  const waiting = events.flatMap(({ deliveries }) => deliveries.filter(({ settled }) => !settled))
  return [...new Set(waiting.map(({ lane }) => lane))]
}
