import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import type { Log } from '../core/log.ts'
import type { ClaimedLane } from '../core/queue.ts'
import type { Journal } from '../journal/index.ts'
import type { Deliver } from './deliver.ts'
import type { Slots } from './slots.ts'

export type Drain = {
  start(): void
  /** There may be something due now. */
  nudge(): void
  /** Claims nothing more, and returns when what is under way has settled. */
  stop(): Promise<void>
}

/** Claims due lanes and has them delivered, side by side, for as long as the process runs. */
export function makeDrain({
  journal,
  deliver,
  clock,
  log,
  slots,
  probePaused,
  leaseSeconds,
  pollSeconds,
  probeSeconds,
  provisionalDeny,
}: {
  journal: Pick<Journal, 'queue'>
  deliver: Deliver
  clock: Clock
  log: Log
  slots: Slots
  /** Asks the vendors of paused connectors for which no lane could be claimed. */
  probePaused(): Promise<void>
  leaseSeconds: number
  /** How long it sleeps at most when nothing falls due: another process may have journaled something. */
  pollSeconds: number
  probeSeconds: number
  provisionalDeny: boolean
}): Drain {
  const underWay = new Set<Promise<unknown>>()
  // A journal that is down fails all lanes at once, and each of them again when its lease is over.
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })
  let wake: (() => void) | null = null
  let nudged = false
  let stopping = false
  let loop: Promise<void> | null = null
  // A connector that is busy all the time must not keep a paused one from its probe.
  let probesDue = false
  let probeTimer: ReturnType<typeof setInterval> | undefined

  const nudge = () => {
    nudged = true
    wake?.()
  }

  const sleep = async (seconds: number) => {
    if (nudged || stopping) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = null
  }

  const work = (lane: ClaimedLane) => {
    const leave = slots.take(lane)
    const run = deliver(lane)
      .catch((thrown) => {
        const message = 'A lane could not be settled: its lease runs out'
        tell('settle', { level: 'error', facts: { lane: lane.key, err: thrown }, message })
      })
      .finally(() => {
        underWay.delete(run)
        leave()
        nudge()
      })
    underWay.add(run)
  }

  const watchOver = (run: Promise<void>, failed: string) => {
    const ended = run.catch((thrown) => log.error({ err: thrown }, failed)).finally(() => underWay.delete(ended))
    underWay.add(ended)
  }

  /** True: there may be more to claim. Less than was asked for is all that is due and has room. */
  const claimMore = async (): Promise<boolean> => {
    const limit = slots.readLimit()
    if (limit === 0) return false
    const lanes = await journal.queue.claim({ limit, rooms: slots.readRooms(), leaseSeconds, provisionalDeny })
    if (lanes.length === 0 || probesDue) {
      probesDue = false
      lanes.push(...(await journal.queue.claimProbes({ leaseSeconds, probeSeconds })))
      watchOver(probePaused(), 'Paused connectors could not be probed')
    }
    for (const lane of lanes) work(lane)
    return lanes.length >= limit
  }

  const run = async () => {
    while (!stopping) {
      nudged = false
      try {
        const isMore = await claimMore()
        const isFull = slots.free() === 0
        if (isMore && !isFull) continue
        await sleep(isFull ? pollSeconds : await journal.queue.readSecondsUntilDue(pollSeconds, slots.readRooms()))
      } catch (thrown) {
        tell('claim', { level: 'error', facts: { err: thrown }, message: 'The journal cannot be read: trying again' })
        await sleep(pollSeconds)
      }
    }
  }

  return {
    start() {
      probeTimer ??= setInterval(() => {
        probesDue = true
      }, pollSeconds * 1000)
      watchOver(journal.queue.makeProbesDue(), 'Paused connectors could not be made due to be probed')
      loop ??= run()
    },
    nudge,
    async stop() {
      stopping = true
      clearInterval(probeTimer)
      wake?.()
      await loop
      await Promise.allSettled(underWay)
    },
  }
}
