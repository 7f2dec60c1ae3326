import type { NewEvent } from '../../core/queue.ts'
import type { Sql } from '../sql/sql.ts'
import { type Ingested, ingest } from './ingest.ts'

export type Ingest = (events: NewEvent[]) => Promise<Ingested>

type Waiting = { events: NewEvent[]; resolve(result: Ingested): void; reject(reason: unknown): void }

/**
 * Lets concurrent requests share a transaction, which costs about the same for one request as for a dozen. A lone
 * request goes out in its own turn of the event loop; what has gathered, when the last transaction ends. Beside one that is under
 * way another leaves when it carries as many requests, or when one of them has waited for long: a transaction may be
 * waiting for a lock. When the database hangs, no more than so many requests wait; the rest are refused, so
 * that their senders try again and this process lives.
 */
export function makeGroupCommit(
  sql: Sql,
  { inFlight = 2, maxEvents = 100, maxWaiting = 5000, beside = { least: 16, afterMs: 10 } } = {},
): Ingest {
  const waiting: Waiting[] = []
  let running = 0
  let underWay = 0
  let isPatient = false

  const flush = () => {
    while (waiting.length > 0 && (running === 0 || isWorthIt())) leave()
    if (waiting.length === 0 || isPatient) return
    isPatient = true
    setTimeout(leaveBeside, beside.afterMs)
  }

  const isWorthIt = () => running < inFlight && waiting.length >= Math.max(underWay, beside.least)

  const leaveBeside = () => {
    isPatient = false
    if (waiting.length > 0 && running < inFlight) leave()
  }

  const leave = () => {
    const group = takeGroup(waiting, maxEvents)
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
      const results = await ingest(
        sql,
        group.map((request) => request.events),
      )
      group.forEach((request, i) => {
        request.resolve(results[i] ?? { recorded: 0, duplicates: 0 })
      })
    } catch (thrown) {
      for (const request of group) request.reject(thrown)
    }
  }

  return (events) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= maxWaiting) return reject(new Error(`The journal has ${waiting.length} requests waiting.`))
      waiting.push({ events, resolve, reject })
      // The last of those that arrived together takes all of them along.
      if (waiting.length === 1) setImmediate(flush)
      else if (isWorthIt()) leave()
    })
}

/** As many requests as fit; one larger than the limit goes alone. */
function takeGroup(waiting: Waiting[], maxEvents: number): Waiting[] {
  let size = 0
  let taken = 0
  for (const request of waiting) {
    if (taken > 0 && size + request.events.length > maxEvents) break
    size += request.events.length
    taken++
  }
  return waiting.splice(0, taken)
}
