import type { Direction } from '../core/change.ts'
import { type Json, jsonText } from '../core/json.ts'
import { type AnySql, asRows, inOrder, type Sql, sqlState, transaction } from './sql.ts'

/** A delivery as routing made it. */
export type NewDelivery = {
  id: string
  connector: string
  /** `sync`, `on`, or an inline kind. */
  kind: string
  direction: Direction
  hint: Direction
  /** The queue it stands in, and the connector that is asked for the person's state, if any. */
  lane: string
  authority: string | null
}

/** An event as it goes into the journal, with the deliveries that it causes. */
export type NewEvent = {
  id: string
  source: string
  externalId: string
  requestId: string | null
  type: string
  time: string
  receivedAt: string
  trusted: boolean
  /** `source` is the person's own where the event is of another, such as the hub's. */
  person: { id: string; authorityId: string; source?: string } | null
  data: Json
  deliveries: NewDelivery[]
}

export type Ingested = { recorded: number; duplicates: number }

/**
 * What only the data can be blamed for: PostgreSQL's class 22 (a NUL, a lone surrogate), and a nesting that is too deep
 * for its JSON parser (54001) or for ours.
 */
function isRefusedData(thrown: unknown): boolean {
  const state = sqlState(thrown)
  return thrown instanceof RangeError || state.startsWith('22') || state === '54001'
}

/**
 * Journals the events of several requests in one transaction and returns when it is durable.
 * Locks go in one global order: person, lane, event key, event, delivery; each statement sorted.
 * A batch with data that PostgreSQL refuses is redone one request at a time, so that one bad body refuses nobody else.
 */
export async function ingest(sql: Sql, requests: readonly NewEvent[][]): Promise<Ingested[]> {
  try {
    const recorded = await transaction(sql, (tx) => write(tx, dedupe(requests.flat())))
    return requests.map((request) => count(request, recorded))
  } catch (thrown) {
    if (!isRefusedData(thrown)) throw thrown
    if (requests.length > 1) return (await Promise.all(requests.map((request) => ingest(sql, [request])))).flat()
    const kept = (requests[0] ?? []).map(keepAsBytes)
    const recorded = await transaction(sql, (tx) => write(tx, dedupe(kept)))
    return [count(kept, recorded)]
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

type StoredEvent = NewEvent & { raw?: string }

/** The body's JSON text as bytes (hex), where jsonb refuses it; a time that PostgreSQL cannot take is the time of receipt. */
function keepAsBytes(event: NewEvent): StoredEvent {
  const bytes = new TextEncoder().encode(jsonText(event.data))
  const raw = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = /^(?!0000)\d{4}-/.test(event.time) ? event.time : event.receivedAt
  return { ...event, time, data: null, raw }
}

async function write(tx: AnySql, events: readonly StoredEvent[]): Promise<Set<string>> {
  const people = uniqueBy(
    events.flatMap((event) => (event.person ? [{ source: event.source, ...event.person }] : [])),
    (person) => person.id,
  )
  const deliveries = events.flatMap((event) =>
    event.deliveries.map((delivery) => ({
      ...delivery,
      eventId: event.id,
      person: event.person?.id ?? null,
      time: event.time,
    })),
  )
  // A lane's deliveries may differ in whether the authority is asked: one that asks speaks for the lane.
  const asking = [...deliveries].sort((a, b) => Number(a.authority !== null) - Number(b.authority !== null))
  const lanes = uniqueBy(asking, (delivery) => delivery.lane)
  const recorded = insertEvents(tx, { events, deliveries })
  await inOrder([
    ...(people.length > 0 ? [upsertPeople(tx, people)] : []),
    ...(lanes.length > 0 ? [wakeLanes(tx, lanes)] : []),
    recorded,
  ])
  return new Set((await recorded).map((row) => row.event_id))
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

function upsertPeople(tx: AnySql, people: readonly unknown[]) {
  return tx`
    insert into hub.person (id, source, authority_id)
    select r.id, r.source, r."authorityId"
    from json_to_recordset(${asRows(tx, people)}) as r (id text, source text, "authorityId" text)
    order by r.id collate "C"
    on conflict do nothing`
}

/** Before the deliveries: a lane touched after them could lose its wake-up to a settle in between. */
function wakeLanes(tx: AnySql, lanes: readonly unknown[]) {
  return tx`
    insert into hub.lane (key, connector, authority, person, next_at)
    select r.lane, r.connector, r.authority, r.person, now()
    from json_to_recordset(${asRows(tx, lanes)}) as r (lane text, connector text, authority text, person text)
    order by r.lane collate "C"
    on conflict (key) do update set next_at = least(lane.next_at, excluded.next_at),
      authority = coalesce(excluded.authority, lane.authority)`
}

/**
 * Only events whose key this statement has just written: a duplicate leaves no second row. What was written is joined
 * as a list and not looked up in the tables, because a plan made while those were small would read them whole.
 */
function insertEvents(
  tx: AnySql,
  { events, deliveries }: { events: readonly StoredEvent[]; deliveries: readonly unknown[] },
) {
  const rows = events.map(({ deliveries: _, ...event }) => event)
  return tx<{ event_id: string }[]>`
    with incoming as materialized (
      select * from json_to_recordset(${asRows(tx, rows)}) as r (
        id text, source text, "externalId" text, "requestId" text, type text, person json,
        time timestamptz, "receivedAt" timestamptz, trusted boolean, data jsonb, raw text
      )
    ), fresh as (
      insert into hub.event_key (source, external_id, event_id)
      select source, "externalId", id from incoming order by source collate "C", "externalId" collate "C"
      on conflict do nothing
      returning event_id
    ), recorded as (
      insert into hub.event
        (id, source, external_id, request_id, type, person, time, received_at, trusted, data, raw)
      select r.id, r.source, r."externalId", r."requestId", r.type, r.person ->> 'id', r.time, r."receivedAt", r.trusted,
        r.data, decode(r.raw, 'hex')
      from incoming r join fresh on fresh.event_id = r.id
    ), delivered as (
      insert into hub.delivery
        (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at)
      select r.id, r."eventId", r.lane, r.connector, r.person, r.kind, r.direction, r.hint, r.time, now()
      from json_to_recordset(${asRows(tx, deliveries)}) as r (
        id text, "eventId" text, lane text, connector text, person text, kind text, direction text, hint text,
        time timestamptz
      )
      join fresh on fresh.event_id = r."eventId"
      order by r.id collate "C"
    )
    select event_id from fresh`
}
