import { toHex } from '../../core/crypto.ts'
import { jsonText } from '../../core/json.ts'
import type { NewEvent } from '../../core/queue.ts'
import { again, hasRefusedLetter, readSqlState, type Sql } from '../sql/sql.ts'
import { type StoredEvent, writeEvents } from './ingest-statement.ts'

export type Ingested = { recorded: number; duplicates: number }

/**
 * What only the data can be blamed for: PostgreSQL's class 22 (a time that is none), and a nesting that is too deep for
 * its JSON parser (54001) or for ours.
 */
function isRefusedData(thrown: unknown): boolean {
  const state = readSqlState(thrown)
  return thrown instanceof RangeError || state.startsWith('22') || state === '54001'
}

/**
 * Journals the events of several requests in one transaction and returns when it is durable.
 * A batch with data that PostgreSQL refuses is redone one request at a time, so that one bad body refuses no other request.
 */
export async function ingest(sql: Sql, requests: readonly NewEvent[][]): Promise<Ingested[]> {
  try {
    const events = dedupe(requests.flat()).map(toStored)
    const recorded = await again(() => writeEvents(sql, events))
    return requests.map((request) => count(request, recorded))
  } catch (thrown) {
    if (!isRefusedData(thrown)) throw thrown
    if (requests.length > 1) return (await Promise.all(requests.map((request) => ingest(sql, [request])))).flat()
    const [request = []] = requests
    const events = dedupe(request).map(keepAsBytes)
    const recorded = await again(() => writeEvents(sql, events))
    return [count(request, recorded)]
  }
}

function count(request: readonly NewEvent[], recorded: ReadonlySet<string>): Ingested {
  const fresh = request.filter((event) => recorded.has(event.id)).length
  return { recorded: fresh, duplicates: request.length - fresh }
}

/** The same event twice in one statement would be error 21000. */
function dedupe(events: readonly NewEvent[]): NewEvent[] {
  const first = new Map<string, NewEvent>()
  for (const event of events) {
    const key = JSON.stringify([event.source, event.externalId])
    if (!first.has(key)) first.set(key, event)
  }
  return [...first.values()]
}

/** @throws RangeError when the body nests too deep for JSON.stringify */
function toStored(event: NewEvent): StoredEvent {
  const text = JSON.stringify(event.data)
  return hasRefusedLetter(text) ? keepAsBytes(event) : { ...event, text, raw: null }
}

/** For a body whose letters or depth PostgreSQL refuses; a time that it cannot take is the time of receipt. */
function keepAsBytes(event: NewEvent): StoredEvent {
  const bytes = new TextEncoder().encode(jsonText(event.data))
  const raw = toHex(bytes)
  const time = /^(?!0000)\d{4}-/.test(event.time) ? event.time : event.receivedAt
  return { ...event, time, text: null, raw }
}
