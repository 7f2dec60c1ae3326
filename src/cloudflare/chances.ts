import type { Log } from '../core/log.ts'
import { within } from '../core/wait.ts'
import type { Hub } from '../hub.ts'
import type { Woken } from './woken.ts'

/** The ways in which what was journaled gets worked. None of them rejects but `work`. */
export type Chances = {
  /** The first: after the answer, in the invocation that gave it. */
  goOn(): Promise<void>
  /** The second: by a message of the queue. @throws when the journal cannot be read: then the message comes again */
  work(lanes: readonly string[]): Promise<void>
  /** The third: by the cron. It also does what the hub does by itself. */
  sweep(): Promise<void>
}

/** Sends a message of the queue. No keys: whatever is due. */
export type SendNudge = (lanes: readonly string[], delay: { delaySeconds: number }) => Promise<void>

export type ChancesTiming = {
  /** For so long lanes are worked after an answer: the platform ends the invocation 30 s after it. */
  firstChanceSeconds: number
  /** So long after an answer the message comes: one that comes while the first is at work finds its lanes taken. */
  secondChanceSeconds: number
  /** How often the cron comes; its sweep ends before it comes again. */
  thirdChanceSeconds: number
}

const defaultTiming: ChancesTiming = { firstChanceSeconds: 25, secondChanceSeconds: 10, thirdChanceSeconds: 60 }

/** How long the parts of a sweep may take: what is due first, then upkeep, then what upkeep woke. */
const sweepSeconds = { first: 25, upkeep: 15, last: 10 }

/** Together with the first chance it stays below the 30 s after which the platform ends an invocation. */
const graceSeconds = 3

/** A queue that hangs must not keep the first chance from its work. */
const nudgeSeconds = 2

type ChancesNeeds = {
  hub: Hub
  nudge: SendNudge
  log: Log
  woken: Pick<Woken, 'take'>
  timing: Partial<ChancesTiming> | undefined
}

export function makeChances({ hub, nudge: send, log, woken, timing }: ChancesNeeds): Chances {
  const { firstChanceSeconds, secondChanceSeconds, thirdChanceSeconds } = { ...defaultTiming, ...timing }

  /** A nudge that cannot be sent costs time and no more: the cron comes. */
  const nudge = async (lanes: readonly string[], delaySeconds: number) => {
    const late = () => {
      throw new Error(`The queue did not answer within ${nudgeSeconds} s.`)
    }
    const failed = (err: unknown) => log.warn({ err }, 'The queue took no nudge: the cron comes')
    await within(send(lanes, { delaySeconds }), nudgeSeconds, late).catch(failed)
  }

  /** What falls due before the next chance that is certain gets one of its own. */
  const follow = async ({ secondsUntilDue }: { secondsUntilDue: number | null }, nextChanceSeconds: number) => {
    if (secondsUntilDue !== null && secondsUntilDue < nextChanceSeconds) await nudge([], secondsUntilDue)
  }

  /** What is under way at the end is awaited a little longer, and then left to its lease. */
  const workFor = (seconds: number, lanes: readonly string[] = []) =>
    hub.drain.work({ lanes, seconds, signal: AbortSignal.timeout((seconds + graceSeconds) * 1000) })

  /** What waits for a database that never answers ends before the next chance comes, and is not piled up. */
  const endInTime = (work: Promise<void>) =>
    within(work, thirdChanceSeconds, () => {
      throw new Error(`The journal did not answer, or too slowly, for ${thirdChanceSeconds} s.`)
    })

  const workWoken = async (until: number) => {
    const lanes = woken.take()
    if (lanes === null) return
    await nudge(lanes, secondChanceSeconds)
    const seconds = Math.max(0, (until - Date.now()) / 1000)
    await follow(await workFor(seconds, lanes), secondChanceSeconds)
  }

  const workQueued = async (lanes: readonly string[]) =>
    follow(await workFor(firstChanceSeconds, lanes), thirdChanceSeconds)

  const sweepAll = async () => {
    await hub.actOnObserved()
    await workFor(sweepSeconds.first)
    await hub.upkeep.runSlice({ seconds: sweepSeconds.upkeep })
    await follow(await workFor(sweepSeconds.last, woken.take() ?? []), thirdChanceSeconds)
  }

  return {
    async goOn() {
      const until = Date.now() + firstChanceSeconds * 1000
      const failed = (err: unknown) => log.error({ err }, 'Work after an answer failed: the queue and the cron go on')
      await workWoken(until).catch(failed)
      // A revoke that goes on after its answer may wake further lanes at its end.
      await hub.inline.stop()
      await workWoken(until).catch(failed)
      // The cron asks for how long a source has been silent, and hears none itself.
      await hub.upkeep.noteHeard().catch((err) => log.warn({ err }, 'That a source was heard could not be noted'))
    },
    async work(lanes) {
      await endInTime(workQueued(lanes))
    },
    async sweep() {
      const failed = (err: unknown) => log.error({ err }, 'The sweep failed: the next one comes in a minute')
      await endInTime(sweepAll()).catch(failed)
    },
  }
}
