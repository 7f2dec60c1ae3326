import type { NewEvent } from '../../core/queue.ts'
import { again, readSqlState, type Sql } from '../sql/sql.ts'
import { type Written, writeEvents } from './ingest-statement.ts'
import { keepAsBytes, type StoredEvent, toStored } from './stored-event.ts'

/**
 * `ids`: of the events that were recorded, which were not known before; `ownLanes`: keys of the lanes at the hub itself that
 * were woken.
 */
export type Ingested = { recorded: number; duplicates: number; ids: string[]; ownLanes: string[] }

/** What only the data can be blamed for: PostgreSQL's class 22 (a time that is none), and a nesting that is too deep (54001). */
function isRefusedData(thrown: unknown): boolean {
  const state = readSqlState(thrown)
  return state.startsWith('22') || state === '54001'
}

/** Journals the events of several requests in one transaction and returns when it is durable. */
export function ingest(sql: Sql, requests: readonly NewEvent[][]): Promise<Ingested[]> {
  return ingestStored(
    sql,
    requests.map((request) => toStored(request).events),
  )
}

/** Journals the events of one request in a transaction of its own. */
export async function ingestAlone(sql: Sql, events: NewEvent[]): Promise<Ingested> {
  const [ingested] = await ingest(sql, [events])
  return ingested ?? { recorded: 0, duplicates: 0, ids: [], ownLanes: [] }
}

/** A batch with data that PostgreSQL refuses is redone one request at a time, so that one bad body refuses no other request. */
export async function ingestStored(sql: Sql, requests: readonly StoredEvent[][]): Promise<Ingested[]> {
  try {
    const written = await again(() => writeEvents(sql, dedupe(requests.flat())))
    return requests.map((request) => count(request, written))
  } catch (thrown) {
    if (!isRefusedData(thrown)) throw thrown
    if (requests.length > 1) return (await Promise.all(requests.map((request) => ingestStored(sql, [request])))).flat()
    const [request = []] = requests
    const written = await again(() => writeEvents(sql, dedupe(keepAsBytes(request))))
    return [count(request, written)]
  }
}

function count(request: readonly StoredEvent[], { events, ownLanes }: Written): Ingested {
  const ids = request.filter(({ id }) => events.has(id)).map(({ id }) => id)
  const lanes = request.flatMap(({ deliveries }) => deliveries.map(({ lane }) => lane))
  const own = lanes.filter((lane) => ownLanes.has(lane))
  return { recorded: ids.length, duplicates: request.length - ids.length, ids, ownLanes: own }
}

/** The same event twice in one statement would be error 21000. */
function dedupe(events: readonly StoredEvent[]): StoredEvent[] {
  const first = new Map<string, StoredEvent>()
  for (const event of events) {
    const key = JSON.stringify([event.source, event.externalId])
    if (!first.has(key)) first.set(key, event)
  }
  return [...first.values()]
}
