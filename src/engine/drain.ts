import { makeCountedLog } from '../core/counted-log.ts'
import { type LaneWorkNeeds, makeLaneWork } from './lane-work.ts'
import { makeWorkSlice, type WorkSlice } from './work-slice.ts'

/** How long an ended lane waits for others at most: hardly any delay for a denial, and longer than a settlement takes. */
const gatherMs = 5
const momentSeconds = 0.02

export type Drain = {
  start(): void
  /** There may be something due now. */
  nudge(): void
  /** Claims nothing more, and returns when what is under way has settled. */
  stop(): Promise<void>
  /** Works for so long and no longer: for where no process lives on. It needs no start. */
  work: WorkSlice
}

/**
 * Claims due lanes and has them delivered, side by side: for as long as the process runs (`start`), or in slices of time
 * (`work`).
 */
export function makeDrain(
  needs: LaneWorkNeeds & {
    /** How long it sleeps at most when nothing falls due: another process may have journaled something. */
    pollSeconds: number
    outboundSeconds: number
  },
): Drain {
  const { journal, clock, log, slots, pollSeconds } = needs
  const lanes = makeLaneWork(needs)
  const stopping = new AbortController()
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })
  let wake: (() => void) | null = null
  let nudged = false
  let working = 0
  // Lanes that have ended since the last claim.
  let ended = 0
  let claimSoon: ReturnType<typeof setImmediate> | undefined
  let claimLater: ReturnType<typeof setTimeout> | undefined
  let loop: Promise<void> | null = null
  // A connector that is busy all the time must not keep a paused one from its probe.
  let probesDue = false
  let probeTimer: ReturnType<typeof setInterval> | undefined
  let makingDue: Promise<void> | undefined

  const nudge = () => {
    nudged = true
    wake?.()
  }

  /**
   * One claim replaces the lanes that end together, for it costs hardly more than that of a single one: it comes when a
   * quarter of those under way have ended, or a moment after the first. What is journaled nudges, and waits for nobody.
   */
  const replaceEnded = () => {
    working--
    ended++
    if (ended * 4 >= working + ended) claimSoon ??= setImmediate(nudge)
    else claimLater ??= setTimeout(nudge, gatherMs)
  }

  const forgetEnded = () => {
    ended = 0
    clearImmediate(claimSoon)
    clearTimeout(claimLater)
    claimSoon = undefined
    claimLater = undefined
  }

  const sleep = async (seconds: number) => {
    if (nudged || stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = null
  }

  const isNudged = () => nudged

  const beginMore = async (): Promise<boolean> => {
    forgetEnded()
    if (slots.free() === 0) return false
    // While lanes are under way, the timer alone has paused connectors probed.
    const probes = probesDue ? 'besides' : working > 0 ? 'not' : 'when idle'
    probesDue = false
    const begun = await lanes.begin({ probes })
    working += begun.lanes.length
    for (const { settled } of begun.lanes) void settled.then(replaceEnded)
    return begun.isMore
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      nudged = false
      try {
        const isMore = await beginMore()
        const isFull = slots.free() === 0
        if (isMore && !isFull) continue
        // Lanes that are under way end soon, as a rule: when the next one falls due is asked after that.
        if (working > 0 && !isFull) await sleep(momentSeconds)
        if (isNudged()) continue
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
      makingDue ??= journal.queue
        .makeProbesDue()
        .catch((err) => log.error({ err }, 'Paused connectors could not be made due to be probed'))
      loop ??= run()
    },
    nudge,
    async stop() {
      stopping.abort(new Error('The drain stops.'))
      clearInterval(probeTimer)
      forgetEnded()
      wake?.()
      await Promise.all([loop, makingDue])
      await lanes.idle()
    },
    work: makeWorkSlice({ ...needs, lanes, stopping: stopping.signal }),
  }
}
