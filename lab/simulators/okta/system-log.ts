import { clone, isJsonObject } from '../values.ts'
import { OktaFault } from './errors.ts'
import type { LogEvent } from './log-event.ts'
import { compileFilter, type ReadAttribute } from './scim-filter.ts'

type LogQuery = {
  since?: string
  until?: string
  after?: string
  filter?: string
  q?: string
  limit?: string
  sortOrder?: string
}

/** A page of the System Log; `next` is the cursor, absent on the last page of a bounded query. */
type LogPage = { events: LogEvent[]; next?: string }

export type SystemLog = {
  append: (event: LogEvent) => void
  list: () => LogEvent[]
  query: (query: LogQuery) => LogPage
}

const DAY_MS = 24 * 60 * 60 * 1000
const DEFAULT_SINCE_MS = 7 * DAY_MS
const OLDEST_SINCE_MS = 180 * DAY_MS
const MAX_PAGE = 1000
const DEFAULT_PAGE = 100

/**
 * The System Log with its two ways of reading (Okta docs: System Log query).
 *
 * Polling (no `until`, ascending) goes by the order of writing and never ends: there is always a next page, which may
 * be empty. Bounded goes by `published` and ends.
 */
export function createSystemLog(): SystemLog {
  const events: LogEvent[] = []

  const poll = (query: LogQuery, limit: number): LogPage => {
    const test = matcher(query)
    const from = query.after === undefined ? 0 : parseCursor(query.after, events.length)
    const page: LogEvent[] = []
    let position = from
    for (; position < events.length && page.length < limit; position += 1) {
      const event = events[position]
      if (event && test(event)) page.push(event)
    }
    return { events: clone(page), next: String(position) }
  }

  const read = (query: LogQuery, limit: number): LogPage => {
    const direction = query.sortOrder?.toUpperCase() === 'DESCENDING' ? -1 : 1
    const found = events.filter(matcher(query)).sort((a, b) => direction * a.published.localeCompare(b.published))
    const from = query.after === undefined ? 0 : parseCursor(query.after, found.length)
    const to = from + limit
    const page = { events: clone(found.slice(from, to)) }
    return to < found.length ? { ...page, next: String(to) } : page
  }

  return {
    append: (event) => void events.push(event),
    list: () => clone(events),
    query: (query) => {
      const limit = parseLimit(query.limit)
      const polling = query.until === undefined && query.sortOrder?.toUpperCase() !== 'DESCENDING'
      return polling ? poll(query, limit) : read(query, limit)
    },
  }
}

/** An event as `/api/v1/logs` answers it: nulls left out, and the IP chain under `request`, not under `client`. */
export function renderLogEvent(event: LogEvent): unknown {
  const { client, device, insertionTimestamp, ...rest } = event
  const { ipChain, ...visibleClient } = client
  return withoutNulls({ ...rest, client: visibleClient, request: { ipChain } })
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]))
}

function matcher(query: LogQuery): (event: LogEvent) => boolean {
  const since = parseDate('since', query.since) ?? Date.now() - DEFAULT_SINCE_MS
  if (query.since && since < Date.now() - OLDEST_SINCE_MS) {
    throw new OktaFault('E0000053', { causes: ['since: more than 180 days ago'] })
  }
  const until = parseDate('until', query.until) ?? Number.POSITIVE_INFINITY
  const filter = query.filter ? compileFilter(query.filter, FILTER_RULES) : () => true
  const words = query.q?.toLowerCase().split(/\s+/) ?? []
  return (event) => {
    const published = Date.parse(event.published)
    if (published < since || published > until) return false
    if (!filter(reader(event))) return false
    return words.length === 0 || containsAll(event, words)
  }
}

// Okta docs: "published" is no filter field; `since` and `until` are there for that.
const FILTER_RULES = {
  caseSensitive: true,
  supports: ({ attribute }: { attribute: string }) => attribute !== 'published',
}

function containsAll(event: LogEvent, words: string[]): boolean {
  const text = JSON.stringify(event).toLowerCase()
  return words.every((word) => text.includes(word))
}

function reader(event: LogEvent): ReadAttribute {
  return (attribute) => attribute.split('.').reduce<unknown[]>(stepInto, [event])
}

function stepInto(values: unknown[], name: string): unknown[] {
  return values.flat().flatMap((value) => (isJsonObject(value) && name in value ? [value[name]].flat() : []))
}

function parseLimit(limit: string | undefined): number {
  if (limit === undefined) return DEFAULT_PAGE
  const parsed = Number(limit)
  if (Number.isInteger(parsed) && parsed >= 0 && parsed <= MAX_PAGE) return parsed
  throw new OktaFault('E0000001', { detail: 'limit', causes: ['limit: must be between 0 and 1000'] })
}

function parseDate(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parsed = Date.parse(text)
  if (!Number.isNaN(parsed)) return parsed
  throw new OktaFault('E0000001', { detail: name, causes: [`${name}: not an ISO 8601 date`] })
}

function parseCursor(after: string, length: number): number {
  const position = Number(after)
  if (Number.isInteger(position) && position >= 0 && position <= length) return position
  throw new OktaFault('E0000001', { detail: 'after', causes: ['after: take it from the next link only'] })
}
