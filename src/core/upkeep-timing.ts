/** Waits and limits of what a running hub does by itself besides delivering, in seconds: tests scale them. */
export type UpkeepTiming = {
  /** How often a hub notes that it is alive, and looks at what is due. */
  tickSeconds: number
  /** How often who changed is listed, whatever the hooks said. */
  resyncEverySeconds: number
  /** Reaches back this much further than the last resync: clocks differ, and a list may lag behind. */
  overlapSeconds: number
  /** How often every known id is compared with the authority's full list. */
  compareEverySeconds: number
  /** After a listing that failed. */
  retrySeconds: number
  /** A process that resyncs and dies holds the others up for this long. */
  leaseSeconds: number
  /** So many refused secrets of one source within so many seconds are worth an alert. */
  refusals: { count: number; withinSeconds: number }
}

const minute = 60

export const defaultUpkeepTiming: UpkeepTiming = {
  tickSeconds: 5,
  resyncEverySeconds: 15 * minute,
  overlapSeconds: 5 * minute,
  compareEverySeconds: 24 * 60 * minute,
  retrySeconds: minute,
  leaseSeconds: minute,
  refusals: { count: 10, withinSeconds: 5 * minute },
}
