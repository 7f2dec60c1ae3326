import { type Ingested, ingest, type NewEvent } from './ingest.ts'
import type { Sql } from './sql.ts'

export type Ingest = (events: NewEvent[]) => Promise<Ingested>

type Waiting = { events: NewEvent[]; resolve(result: Ingested): void; reject(reason: unknown): void }

/**
 * Lets concurrent requests share a transaction. It never lingers: what has gathered while the transactions in flight
 * were busy goes out as soon as one of them ends, and a lone request goes out at once. When the database hangs, no more
 * than so many requests wait; the rest are refused, so that their senders try again and this process lives.
 */
export function groupCommit(sql: Sql, { inFlight = 2, maxEvents = 100, maxWaiting = 5000 } = {}): Ingest {
  const waiting: Waiting[] = []
  let running = 0

  const flush = () => {
    while (running < inFlight && waiting.length > 0) {
      running++
      void commit(takeGroup(waiting, maxEvents)).finally(() => {
        running--
        flush()
      })
    }
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
      flush()
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
