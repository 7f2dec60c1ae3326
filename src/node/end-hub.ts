import { setImmediate as turnEventLoop, setTimeout as wait } from 'node:timers/promises'
import type { ServerType } from '@hono/node-server'
import type { Log } from '../core/log.ts'
import { abortableWait } from '../core/wait.ts'
import type { Leaving } from '../http/leaving.ts'
import type { Hub } from '../hub.ts'
import type { BatchWork } from '../operate/batches/batch-work.ts'
import type { Database } from './postgres/database.ts'

/** All of it is over within 10 s: the time that `docker stop` and README name. */
const seconds = {
  /** From the signal on: when senders that still wait are answered 503. */
  giveUpWaiting: 9,
  /** After the last answer was made, until connections are cut: it must have left. */
  flush: 0.2,
  /** From the signal on: when the process is gone, whatever hangs. */
  hardStop: 9.8,
  /** After the listener is closed, and inline hooks are answered: for a request that is being read or journaled. */
  lastRequest: 2,
}

/** npm and a service manager tell one SIGTERM twice. */
const sameSignalMs = 250

export type End = {
  /** Goes on answering hooks for so many seconds, then ends; `/readyz` is 503 at once. */
  after(drainSeconds: number): void
  /** Ends now, also when it was to go on answering for a while. */
  now(): void
}

type Running = {
  servers: readonly ServerType[]
  hub: Hub
  batches: Pick<BatchWork, 'stop'>
  database: Database
  log: Log
  leaving: Leaving
}

/** Makes what ends the process in order: the balancer hears of it, the listener closes, work settles, the journal closes. */
export function makeEnd({ servers, hub, batches, database, log, leaving }: Running): End {
  const hurry = new AbortController()
  let _running: Promise<void> | undefined

  const hangUp = () => {
    for (const server of servers) if ('closeAllConnections' in server) server.closeAllConnections()
  }

  /** Closes the listeners. A client that never finishes its request must not delay the end. */
  const closeListeners = async () => {
    await readWhatArrived(servers)
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const server of servers) if ('closeIdleConnections' in server) server.closeIdleConnections()
    void wait(seconds.lastRequest * 1000)
      // Only now: what was still being read when the listener closed is under way by then, and is answered too.
      .then(() => hub.inline.stop())
      .then(() => wait(seconds.flush * 1000))
      .then(hangUp)
    await Promise.all(closed)
  }

  const end = async (drainSeconds: number) => {
    leaving.leave()
    setTimeout(() => process.exit(1), seconds.hardStop * 1000).unref()
    const late = wait(seconds.giveUpWaiting * 1000).then(async () => {
      hub.inline.giveUpWaiting()
      await wait(seconds.flush * 1000)
      hangUp()
    })
    const upkeepStopped = Promise.all([hub.upkeep.stop(), batches.stop()])
    await abortableWait(drainSeconds, hurry.signal).catch(() => {})
    log.info({}, 'The listener closes: what is under way is settled')
    await Promise.race([Promise.all([closeListeners(), upkeepStopped, hub.drain.stop(), hub.inline.stop()]), late])
    await database.close()
    log.info({}, 'Ended')
    process.exit()
  }

  return {
    after(drainSeconds) {
      _running ??= end(drainSeconds)
    },
    now() {
      hurry.abort()
      _running ??= end(0)
    },
  }
}

/**
 * So many connections wait in the kernel at most (Node's own number for `listen`): all that were there when the drain
 * ended have arrived after as many. Time says nothing of it where the process gets a processor now and then.
 */
const mostWaiting = 511

/**
 * Timers run before sockets are read. In a process that had no processor for a while, the end of the drain is due
 * together with requests that have arrived, and `server.close()` would cut their connections: as idle ones, or as ones
 * that the kernel holds until the process accepts them. A turn of the event loop accepts one new connection (libuv does
 * since 1.45), and the next turn reads it.
 */
async function readWhatArrived(servers: readonly ServerType[]): Promise<void> {
  let arrivals = 0
  const noteArrival = () => arrivals++
  for (const server of servers) server.on('connection', noteArrival)
  let before: number
  do {
    before = arrivals
    await turnEventLoop()
    await turnEventLoop()
  } while (arrivals > before && arrivals < mostWaiting * servers.length)
  for (const server of servers) server.off('connection', noteArrival)
}

type EndOptions = { drainSeconds: number; log: Log }

/** SIGTERM ends the process politely; SIGINT, and a second signal, at once. */
export function endAtSignals(end: End, { drainSeconds, log }: EndOptions): void {
  let toldAt: number | undefined
  process.on('SIGINT', (signal) => {
    log.info({ signal }, 'Ending: no more hooks are taken, what is under way is settled')
    end.now()
  })
  process.on('SIGTERM', (signal) => {
    const now = performance.now()
    toldAt ??= now
    if (now - toldAt > sameSignalMs) return end.now()
    log.info({ signal, drainSeconds }, 'Ending: hooks are answered a little longer, what is under way is settled')
    end.after(drainSeconds)
  })
}
