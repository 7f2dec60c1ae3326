import type { Clock } from '../core/clock.ts'
import { within } from '../core/wait.ts'
import type { Journal } from '../journal/index.ts'
import type { LaneWork } from './lane-work.ts'
import type { Slots } from './slots.ts'

type Slice = {
  /** Keys of lanes that go first, as they are due; one that another worker holds is left to it. */
  lanes: readonly string[]
  seconds: number
  /** Aborted when this call must return: nothing is awaited any more. */
  signal?: AbortSignal
}

/** `secondsUntilDue`: when the next lane falls due, looked for a minute ahead; null: none does, 0: at once. */
type Worked = { worked: number; secondsUntilDue: number | null }

/**
 * Works the lanes that are named, then whatever else is due, until nothing is or the time is over. It begins nothing
 * that the time might not suffice for; what is under way at the end is awaited until it has settled or the signal is
 * aborted. A run that is cut off with its process comes back when its lane's lease is over.
 */
export type WorkSlice = (slice: Slice) => Promise<Worked>

/** A later time is no reason for a nudge: what looks every minute anyway finds it. */
const lookAheadSeconds = 60

export function makeWorkSlice({
  journal,
  lanes,
  slots,
  clock,
  pollSeconds,
  outboundSeconds,
  stopping,
}: {
  journal: Pick<Journal, 'queue'>
  lanes: LaneWork
  slots: Slots
  clock: Clock
  /** While lanes are worked, it looks so often for what has fallen due. */
  pollSeconds: number
  outboundSeconds: number
  /** Aborted when the drain stops: then a slice begins nothing more. */
  stopping: AbortSignal
}): WorkSlice {
  return async ({ lanes: named, seconds, signal }) => {
    // One outbound call may last as long as the margin. A slice that is shorter than two of them is for quick work.
    const margin = Math.min(outboundSeconds, seconds / 2)
    const beginsUntil = clock.now().getTime() + (seconds - margin) * 1000
    const cut = signal ? AbortSignal.any([signal, stopping]) : stopping
    const isOver = () => cut.aborted || clock.now().getTime() >= beginsUntil
    const working = new Set<Promise<void>>()
    let first = [...named]
    let probing: Promise<void> | null = null
    let worked = 0

    const beginMore = async (): Promise<boolean> => {
      if (slots.free() === 0) return false
      const probes = probing ? 'not' : first.length === 0 ? 'besides' : 'when idle'
      const begun = await lanes.begin({ first, probes })
      probing ??= begun.probing
      for (const { settled } of begun.lanes) {
        working.add(settled)
        void settled.then(() => working.delete(settled))
      }
      worked += begun.lanes.length
      const taken = new Set(begun.lanes.map(({ key }) => key))
      // With nothing under way every room was open: those that are left are not due, or another worker's.
      first = working.size === 0 ? [] : first.filter((key) => !taken.has(key))
      return begun.isMore && slots.free() > 0
    }

    /** False: nothing is under way, and nothing is due that may be claimed. */
    const waitForMore = async (): Promise<boolean> => {
      if (working.size > 0 || slots.free() === 0) {
        await within(Promise.race(working), pollSeconds, () => {}, cut)
        return true
      }
      await probing
      return (await journal.queue.findSecondsUntilDue(0, slots.readRooms())) !== null
    }

    try {
      while (!isOver() && ((await beginMore()) || (await waitForMore()))) {}
    } finally {
      await untilAborted(Promise.all([...working, probing]), signal)
    }
    if (signal?.aborted) return { worked, secondsUntilDue: 0 }
    return { worked, secondsUntilDue: await journal.queue.findSecondsUntilDue(lookAheadSeconds) }
  }
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return
  const aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
  await Promise.race([work, aborted])
}
