import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import type { Log } from '../core/log.ts'
import type { ClaimedLane } from '../core/queue.ts'
import type { Journal } from '../journal/index.ts'
import type { Deliver } from './deliver.ts'
import type { Slots } from './slots.ts'

/** One turn of claiming. */
type Turn = {
  /** Keys of lanes that go before all others, where they are due. */
  first?: readonly string[]
  /** When paused connectors are probed: besides other work, only when there is none, or not at all. */
  probes: 'besides' | 'when idle' | 'not'
}

type Begun = {
  /** The lanes that are worked now; `settled` resolves when a lane's run has ended, and never rejects. */
  lanes: { key: string; settled: Promise<void> }[]
  /** Resolves when the vendors of paused connectors have answered; null: they were not asked. */
  probing: Promise<void> | null
  /** There may be more to claim. Less than was asked for is all that is due and has room. */
  isMore: boolean
}

export type LaneWork = {
  /** Claims due lanes, as many as there are slots for, and begins to work them. */
  begin(turn: Turn): Promise<Begun>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export type LaneWorkNeeds = {
  journal: Pick<Journal, 'queue'>
  deliver: Deliver
  clock: Clock
  log: Log
  slots: Slots
  /** Asks the vendors of paused connectors for which no lane could be claimed. */
  probePaused(): Promise<void>
  leaseSeconds: number
  probeSeconds: number
  provisionalDeny: boolean
}

/** The one way to claim lanes and have them delivered, whether a process lives or has a slice of time. */
export function makeLaneWork(needs: LaneWorkNeeds): LaneWork {
  const { journal, deliver, clock, log, slots, probePaused, leaseSeconds, probeSeconds, provisionalDeny } = needs
  const underWay = new Set<Promise<void>>()
  // A journal that is down fails all lanes at once, and each of them again when its lease is over.
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })

  const keep = (work: Promise<void>) => {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
    return work
  }

  const work = async (lane: ClaimedLane, leave: () => void) => {
    try {
      await deliver(lane)
    } catch (thrown) {
      const message = 'A lane could not be settled: its lease runs out'
      tell('settle', { level: 'error', facts: { lane: lane.key, err: thrown }, message })
    } finally {
      leave()
    }
  }

  const claim = async (first: readonly string[]): Promise<{ lanes: ClaimedLane[]; limit: number }> => {
    const limit = slots.readLimit()
    const rooms = slots.readRooms()
    const named = first.length > 0 ? await journal.queue.claimNamed({ keys: first, limit, rooms, leaseSeconds }) : []
    if (named.length > 0) return { lanes: named, limit: 0 }
    return { lanes: await journal.queue.claim({ limit, rooms, leaseSeconds, provisionalDeny }), limit }
  }

  const start = (lane: ClaimedLane) => ({ key: lane.key, settled: keep(work(lane, slots.take(lane))) })

  const claimProbes = () =>
    journal.queue.claimProbes({ leaseSeconds, probeSeconds }).catch((err): ClaimedLane[] => {
      tell('probes', { level: 'error', facts: { err }, message: 'No lane could be claimed to probe paused connectors' })
      return []
    })

  return {
    async begin({ first = [], probes }) {
      const { lanes, limit } = await claim(first)
      // Under way before anything else is asked: what failed here would leave them to the end of their leases.
      const begun = lanes.map(start)
      const hasToProbe = probes === 'besides' || (probes === 'when idle' && lanes.length === 0)
      if (hasToProbe) begun.push(...(await claimProbes()).map(start))
      const probing = hasToProbe
        ? keep(probePaused().catch((err) => log.error({ err }, 'Paused connectors could not be probed')))
        : null
      return { lanes: begun, probing, isMore: begun.length >= limit }
    },
    async idle() {
      await Promise.all(underWay)
    },
  }
}
