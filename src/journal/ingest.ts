import type { Direction } from '../core/change.ts'
import type { InlineRequest } from '../core/inline.ts'
import { type Json, jsonText } from '../core/json.ts'
import type { DeliveryStatus } from '../core/outcome.ts'
import { insertAttempts, type NewAttempt } from './attempts.ts'
import { lanesOf } from './lanes-of.ts'
import { type AnySql, again, asCleanRows, asRows, type Sql, sqlState } from './sql.ts'

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
  /** Absent: due at once. Whoever holds an inline request carries it out before; this is for when that process dies. */
  dueInSeconds?: number
  inline?: NewInline
  /** It was answered already, and stands in no queue. */
  settled?: { status: DeliveryStatus; error: string | null; answer: Json; attempt: NewAttempt | null }
}

/** What a delivery of an inline hook bears besides. */
export type NewInline = {
  request: InlineRequest
  accesses: readonly string[]
  /** Seconds until the sender has given up. */
  deadlineInSeconds: number
  dedupeKey: string | null
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
  /** Nobody is known yet: whoever was last seen under this e-mail stands for them on the timeline, and nowhere else. */
  personEmail?: string
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
 * A batch with data that PostgreSQL refuses is redone one request at a time, so that one bad body refuses nobody else.
 */
export async function ingest(sql: Sql, requests: readonly NewEvent[][]): Promise<Ingested[]> {
  try {
    const recorded = await again(() => write(sql, dedupe(requests.flat())))
    return requests.map((request) => count(request, recorded))
  } catch (thrown) {
    if (!isRefusedData(thrown)) throw thrown
    if (requests.length > 1) return (await Promise.all(requests.map((request) => ingest(sql, [request])))).flat()
    const kept = (requests[0] ?? []).map(keepAsBytes)
    const recorded = await again(() => write(sql, dedupe(kept)))
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

type EventDelivery = NewDelivery & {
  eventId: string
  person: string | null
  personEmail?: string | undefined
  time: string
}

/** The body's JSON text as bytes (hex), where jsonb refuses it; a time that PostgreSQL cannot take is the time of receipt. */
function keepAsBytes(event: NewEvent): StoredEvent {
  const bytes = new TextEncoder().encode(jsonText(event.data))
  const raw = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = /^(?!0000)\d{4}-/.test(event.time) ? event.time : event.receivedAt
  return { ...event, time, data: null, raw }
}

/**
 * One statement, and so one transaction. Locks go in one global order: person, lane, event key, event, delivery. That
 * is why each part sorts its rows and counts those of the part before, which must be written first to be counted.
 */
async function write(sql: Sql, events: readonly StoredEvent[]): Promise<Set<string>> {
  const people = uniqueBy(
    events.flatMap((event) => (event.person ? [{ source: event.source, ...event.person }] : [])),
    (person) => person.id,
  )
  const deliveries: EventDelivery[] = events.flatMap((event) =>
    event.deliveries.map((delivery) => ({
      ...delivery,
      eventId: event.id,
      person: event.person?.id ?? null,
      personEmail: event.personEmail,
      time: event.time,
    })),
  )
  const lanes = lanesOf(deliveries.filter((delivery) => !delivery.settled))
  const attempts = deliveries.flatMap(({ settled }) => settled?.attempt ?? [])
  const recorded = await sql<{ event_id: string }[]>`
    with person as (
      ${upsertPeople(sql, people)}
    ), lane as (
      ${wakeLanes(sql, lanes)}
    ), incoming as materialized (
      ${incomingEvents(sql, events)}
    ), fresh as (
      ${insertKeys(sql)}
    ), event as (
      ${insertEvents(sql)}
    ), delivery as (
      ${insertDeliveries(sql, deliveries)}
    ), attempt as (
      ${insertAttempts(sql, attempts)}
    )
    select event_id from fresh`
  return new Set(recorded.map((row) => row.event_id))
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

function upsertPeople(sql: AnySql, people: readonly unknown[]) {
  return sql`
    insert into hub.person (id, source, authority_id)
    select r.id, r.source, r."authorityId"
    from jsonb_to_recordset(${asRows(sql, people)}) as r (id text, source text, "authorityId" text)
    order by r.id collate "C"
    on conflict do nothing
    returning id`
}

/** Before the deliveries: a lane touched after them could lose its wake-up to a settle in between. */
function wakeLanes(sql: AnySql, lanes: readonly unknown[]) {
  return sql`
    insert into hub.lane (key, connector, authority, person, next_at)
    select r.lane, r.connector, r.authority, r.person, now() + make_interval(secs => r."dueInSeconds")
    from (select count(*) from person) as people_first, jsonb_to_recordset(${asRows(sql, lanes)}) as r (
      lane text, connector text, authority text, person text, "dueInSeconds" double precision
    )
    order by r.lane collate "C"
    on conflict (key) do update set next_at = least(lane.next_at, excluded.next_at),
      authority = coalesce(excluded.authority, lane.authority)
    returning key`
}

function incomingEvents(sql: AnySql, events: readonly StoredEvent[]) {
  const rows = events.map(({ deliveries: _, person, ...event }) => ({ ...event, person: person?.id ?? null }))
  return sql`
    select * from jsonb_to_recordset(${asRows(sql, rows)}) as r (
      id text, source text, "externalId" text, "requestId" text, type text, person text,
      time timestamptz, "receivedAt" timestamptz, trusted boolean, data jsonb, raw text, "personEmail" text
    )`
}

/**
 * Only events whose key this has just written go on: a duplicate leaves no second row. What was written is joined as a
 * list and not looked up in the tables, because a plan made while those were small would read them whole.
 */
function insertKeys(sql: AnySql) {
  return sql`
    insert into hub.event_key (source, external_id, event_id)
    select source, "externalId", id
    from (select count(*) from lane) as lanes_first, incoming
    order by source collate "C", "externalId" collate "C"
    on conflict do nothing
    returning event_id`
}

function insertEvents(sql: AnySql) {
  return sql`
    insert into hub.event
      (id, source, external_id, request_id, type, person, time, received_at, trusted, data, raw)
    select r.id, r.source, r."externalId", r."requestId", r.type, coalesce(r.person, ${lastSeenAs(sql)}), r.time,
      r."receivedAt", r.trusted, r.data, decode(r.raw, 'hex')
    from incoming r join fresh on fresh.event_id = r.id`
}

function lastSeenAs(sql: AnySql) {
  return sql`case when r."personEmail" is not null then (
    select s.person from hub.sighting s where lower(s.value) = lower(r."personEmail") and s.kind = 'email'
    order by s.seen_at desc limit 1
  ) end`
}

function insertDeliveries(sql: AnySql, deliveries: readonly EventDelivery[]) {
  const rows = deliveries.map(({ inline, settled, ...delivery }) => {
    const { attempt: _, ...end } = settled ?? { attempt: null }
    return { ...delivery, ...inline, ...end }
  })
  return sql`
    insert into hub.delivery
      (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at, request, accesses,
        deadline_at, dedupe_key, status, settled_at, attempts, last_error, answer)
    select r.id, r."eventId", r.lane, r.connector, coalesce(r.person, ${lastSeenAs(sql)}), r.kind, r.direction, r.hint,
      r.time, case when r.status is null then now() + make_interval(secs => coalesce(r."dueInSeconds", 0)) end, r.request,
      coalesce(r.accesses, '{}'), now() + make_interval(secs => r."deadlineInSeconds"), r."dedupeKey",
      coalesce(r.status, 'pending'), case when r.status is not null then now() end,
      case when r.status is null then 0 else 1 end, r.error, r.answer
    from jsonb_to_recordset(${asCleanRows(sql, rows)}) as r (
      id text, "eventId" text, lane text, connector text, person text, kind text, direction text, hint text,
      time timestamptz, "dueInSeconds" double precision, request jsonb, accesses text[],
      "deadlineInSeconds" double precision, "dedupeKey" text, status text, error text, answer jsonb, "personEmail" text
    )
    join fresh on fresh.event_id = r."eventId"
    order by r.id collate "C"`
}
