import type { ClaimedLane } from '../core/queue.ts'
import type { Installed } from '../host/installed.ts'
import type { Rooms } from '../journal/index.ts'

/** The places in which a process works on lanes side by side, and who may have how many of them. */
export type Slots = {
  free(): number
  /** Takes a slot for a lane; call what it returns when the lane has settled. */
  take(lane: ClaimedLane): () => void
  /** What may be claimed now. */
  readRooms(): Rooms
}

type Busy = Pick<ClaimedLane, 'connector' | 'authority' | 'authorityPaused' | 'denial'>

/**
 * Shares out the slots: no connector holds more than half of them, so that one that hangs leaves the other half alone.
 * From four on, one in four is kept for denials. Of a connector that does not answer, and of what has to ask an authority
 * that does not, one lane at a time is let through: the first answer ends that. After three denials in a row the oldest lane
 * that is no denial goes before the next one: counted by what was claimed, because a connector may have one room at a time.
 */
export function makeSlots({
  concurrency,
  installed,
}: {
  concurrency: number
  installed: readonly Pick<Installed, 'id' | 'pulse'>[]
}): Slots {
  const busy = new Set<Busy>()
  const share = Math.max(1, Math.floor(concurrency / 2))
  const kept = concurrency >= 4 ? Math.floor(concurrency / 4) : 0
  let denialsInARow = 0

  const count = (matches: (lane: Busy) => boolean) => [...busy].filter(matches).length
  const free = () => Math.max(0, concurrency - busy.size)

  const listConnectors = () => {
    const hanging = new Set(installed.filter(({ pulse }) => !pulse.isAnswering()).map(({ id }) => id))
    const ids = new Set([...hanging, ...[...busy].map(({ connector }) => connector)])
    return [...ids].map((id) => {
      const most = hanging.has(id) ? 1 : share
      return { id, room: Math.max(0, most - count(({ connector }) => connector === id)) }
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
    take({ connector, authority, authorityPaused, denial }) {
      const lane = { connector, authority, authorityPaused, denial }
      busy.add(lane)
      denialsInARow = denial ? denialsInARow + 1 : 0
      return () => busy.delete(lane)
    },
    readRooms() {
      const routine = Math.max(0, Math.min(free(), concurrency - kept - count(({ denial }) => !denial)))
      return {
        share,
        routine,
        routineFirst: Math.min(routine, Math.floor(denialsInARow / 3)),
        connectors: listConnectors(),
        authorities: listHangingAuthorities(),
      }
    },
  }
}
