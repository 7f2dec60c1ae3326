import type { NewEvent } from '../../core/queue.ts'
import type { Sql } from '../sql/sql.ts'
import { type Ingested, ingestStored } from './ingest.ts'
import { type StoredRequest, toStored } from './stored-event.ts'

/** Journals the events of one request. What still waits when the signal aborts leaves the queue and is not journaled. */
export type Ingest = (events: NewEvent[], signal?: AbortSignal) => Promise<Ingested>

type Waiting = StoredRequest & { resolve(result: Ingested): void; reject(reason: unknown): void }

const mebibyte = 1024 * 1024

/**
 * Lets concurrent requests share a transaction, which costs about the same for one request as for a dozen. A lone
 * request goes out in its own turn of the event loop; what has gathered, when the last transaction ends. Beside one that is under
 * way another leaves when it carries as many requests, or when one of them has waited for long: a transaction may be
 * waiting for a lock. When the database hangs, no more than so many requests and bytes wait; the rest are
 * refused, so that their senders try again and this process lives. A request whose sender was answered meanwhile leaves
 * the queue, so that it does not delay the next ones when the database is back.
 */
export function makeGroupCommit(
  sql: Sql,
  {
    inFlight = 2,
    maxEvents = 100,
    maxBytes = 4 * mebibyte,
    maxWaiting = 5000,
    maxWaitingBytes = 32 * mebibyte,
    beside = { least: 16, afterMs: 10 },
  } = {},
): Ingest {
  const waiting = new Set<Waiting>()
  let waitingBytes = 0
  let running = 0
  let underWay = 0
  let isPatient = false

  const flush = () => {
    while (waiting.size > 0 && (running === 0 || isWorthIt())) leave()
    if (waiting.size === 0 || isPatient) return
    isPatient = true
    setTimeout(leaveBeside, beside.afterMs)
  }

  const isWorthIt = () => running < inFlight && waiting.size >= Math.max(underWay, beside.least)

  const leaveBeside = () => {
    isPatient = false
    if (waiting.size > 0 && running < inFlight) leave()
  }

  const remove = (request: Waiting) => {
    if (waiting.delete(request)) waitingBytes -= request.bytes
  }

  const leave = () => {
    const group = pickGroup(waiting, { maxEvents, maxBytes })
    for (const request of group) remove(request)
    running++
    underWay += group.length
    void commit(group).finally(() => {
      running--
      underWay -= group.length
      flush()
    })
  }

  const commit = async (group: Waiting[]) => {
    try {
      const results = await ingestStored(
        sql,
        group.map((request) => request.events),
      )
      group.forEach((request, i) => {
        request.resolve(results[i] ?? { recorded: 0, duplicates: 0, ids: [] })
      })
    } catch (thrown) {
      for (const request of group) request.reject(thrown)
    }
  }

  return (events, signal) =>
    new Promise((resolve, reject) => {
      const request = { ...toStored(events), resolve, reject }
      if (signal?.aborted) return reject(signal.reason)
      if (waiting.size >= maxWaiting || (waiting.size > 0 && waitingBytes + request.bytes > maxWaitingBytes)) {
        return reject(new Error(`The journal has ${waiting.size} requests of ${waitingBytes} bytes waiting.`))
      }
      waiting.add(request)
      waitingBytes += request.bytes
      const withdraw = () => {
        remove(request)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', withdraw, { once: true })
      // The last of those that arrived together takes all of them along.
      if (waiting.size === 1) setImmediate(flush)
      else if (isWorthIt()) leave()
    })
}

/** As many requests as fit; one larger than a limit goes alone. */
function pickGroup(
  waiting: Iterable<Waiting>,
  { maxEvents, maxBytes }: { maxEvents: number; maxBytes: number },
): Waiting[] {
  const group: Waiting[] = []
  let events = 0
  let bytes = 0
  for (const request of waiting) {
    events += request.events.length
    bytes += request.bytes
    if (group.length > 0 && (events > maxEvents || bytes > maxBytes)) break
    group.push(request)
  }
  return group
}
