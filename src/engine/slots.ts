import type { ClaimedLane } from '../core/queue.ts'
import type { Installed } from '../host/installed.ts'
import type { Rooms } from '../journal/index.ts'

/** The places in which a process works on lanes side by side, and who may have how many of them. */
export type Slots = {
  free(): number
  /** How many lanes one claim may take: half of what is free, so that the rooms are counted anew before the rest. */
  readLimit(): number
  /** Takes a slot for a lane; call what it returns when the lane has settled. */
  take(lane: ClaimedLane): () => void
  /** What may be claimed now. */
  readRooms(): Rooms
}

type Busy = Pick<ClaimedLane, 'connector' | 'authority' | 'authorityPaused' | 'denial'>

/**
 * Shares out the slots: a connector holds at most half of those that no other holds, so that however many of them hang,
 * and whatever they have due, some are left for the next one. From four on, one in four is kept for denials. Of a
 * connector that does not answer, and of what has to ask an authority that does not, one lane at a time is let through:
 * the first answer ends that. After three denials in a row the oldest lane that is no denial goes before the next one:
 * counted by what was claimed, because a connector may have one room at a time.
 */
export function makeSlots({
  concurrency,
  installed,
}: {
  concurrency: number
  installed: readonly Pick<Installed, 'id' | 'pulse'>[]
}): Slots {
  const busy = new Set<Busy>()
  const kept = concurrency >= 4 ? Math.floor(concurrency / 4) : 0
  let denialsInARow = 0

  const count = (matches: (lane: Busy) => boolean) => [...busy].filter(matches).length
  const free = () => Math.max(0, concurrency - busy.size)
  /** Of a connector that holds so many. */
  const shareOf = (held: number) => Math.max(1, Math.floor((free() + held) / 2))

  const listConnectors = () => {
    const hanging = new Set(installed.filter(({ pulse }) => !pulse.isAnswering()).map(({ id }) => id))
    const ids = new Set([...hanging, ...[...busy].map(({ connector }) => connector)])
    return [...ids].map((id) => {
      const held = count(({ connector }) => connector === id)
      return { id, room: Math.max(0, (hanging.has(id) ? 1 : shareOf(held)) - held) }
    })
  }

  const listHangingAuthorities = () =>
    installed
      .filter(({ pulse }) => !pulse.isAnswering())
      .map(({ id }) => {
        const asking = count(({ authority, authorityPaused }) => authority === id && !authorityPaused)
        return { id, room: Math.max(0, 1 - asking) }
      })

  return {
    free,
    readLimit: () => Math.ceil(free() / 2),
    take({ connector, authority, authorityPaused, denial }) {
      const lane = { connector, authority, authorityPaused, denial }
      busy.add(lane)
      denialsInARow = denial ? denialsInARow + 1 : 0
      return () => busy.delete(lane)
    },
    readRooms() {
      const routine = Math.max(0, Math.min(free(), concurrency - kept - count(({ denial }) => !denial)))
      return {
        share: shareOf(0),
        routine,
        routineFirst: Math.min(routine, Math.floor(denialsInARow / 3)),
        connectors: listConnectors(),
        authorities: listHangingAuthorities(),
      }
    },
  }
}
