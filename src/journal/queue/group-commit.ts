import type { NewEvent } from '../../core/queue.ts'
import type { Sql } from '../sql/sql.ts'
import { type Ingested, ingestStored } from './ingest.ts'
import { type Limits, makeShare } from './share.ts'
import { toStored } from './stored-event.ts'

/** Journals the events of one request. What still waits when the signal aborts leaves the queue and is not journaled. */
export type Ingest = (events: NewEvent[], signal?: AbortSignal) => Promise<Ingested>

const mebibyte = 1024 * 1024

const arrivals: Limits = {
  inFlight: 2,
  maxCount: 100,
  maxBytes: 4 * mebibyte,
  maxWaiting: 5000,
  maxWaitingBytes: 32 * mebibyte,
  beside: { least: 16, afterMs: 10 },
}

/**
 * Lets concurrent requests share a transaction. A request whose sender was answered meanwhile leaves the queue, so that
 * it does not delay the next ones when the database is back.
 */
export function makeGroupCommit(sql: Sql, limits: Partial<Limits> = {}): Ingest {
  const share = makeShare<ReturnType<typeof toStored> & { count: number }, Ingested>(
    (group) =>
      ingestStored(
        sql,
        group.map(({ events }) => events),
      ),
    { ...arrivals, ...limits },
  )
  return (events, signal) => share({ ...toStored(events), count: events.length }, signal)
}
