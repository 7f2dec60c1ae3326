import { ownConnector } from '../../core/lane.ts'
import type { NewAttempt } from '../../core/queue.ts'
import { toStoredForm } from '../access/stored-json.ts'
import { defineColumns, toJsonOrNull, toRecords } from '../sql/columns.ts'
import type { AnySql } from '../sql/sql.ts'
import { type LaneRow, mergeLanes } from './lanes.ts'
import { openAlerts } from './open-alerts.ts'
import { type EventDelivery, insertOwn, selectOwn, selectOwnLanes } from './own-deliveries.ts'
import type { Body, StoredEvent } from './stored-event.ts'

/** `events`: ids of those that were not known before; `ownLanes`: keys of the lanes at the hub itself that were woken. */
export type Written = { events: ReadonlySet<string>; ownLanes: ReadonlySet<string> }

/**
 * Writes it all in one statement, and so in one transaction.
 * Locks go in one global order: person, lane, event key, event, delivery. That is why each part sorts its rows and
 * counts those of the part before, which must be written first to be counted. What has no rows is left out: a part
 * costs as much as a dozen rows of it.
 */
export async function writeEvents(sql: AnySql, events: readonly StoredEvent[]): Promise<Written> {
  const people = listPeople(events)
  const all: EventDelivery[] = events.flatMap((event) =>
    event.deliveries.map((delivery) => ({ ...delivery, eventId: event.id, person: event.person?.id ?? null })),
  )
  const own = all.filter(({ connector }) => connector === ownConnector)
  const deliveries = own.length > 0 ? all.filter(({ connector }) => connector !== ownConnector) : all
  const lanes = mergeLanes(deliveries.filter((delivery) => !delivery.settled))
  const attempts = deliveries.flatMap(({ settled }) => settled?.attempt ?? [])
  const hasOwn = own.length > 0
  const hasLanes = hasOwn || lanes.length > 0
  const hasKeys = events.some((event) => !isKeyless(event))
  const rows = shareBodies(events)
  const hasParts = rows.some(({ partOf }) => partOf !== null)
  const parts = [
    ...(people.length > 0 ? [sql`person as (${upsertPeople(sql, people)}), `] : []),
    ...(hasOwn ? [sql`own as materialized (${selectOwn(sql, own)}), `] : []),
    ...(hasLanes ? [sql`lane as (${wakeLanes(sql, { lanes, after: people.length > 0, hasOwn })}), `] : []),
    sql`incoming as materialized (${readIncoming(sql, rows)}), `,
    ...(hasKeys ? [sql`keyed as (${insertKeys(sql, { after: hasLanes })}), `] : []),
    sql`fresh as (${selectFresh(sql, { hasKeys })}), event as (${insertEvents(sql, { hasParts })})`,
    ...(deliveries.length > 0 ? [sql`, delivery as (${insertDeliveries(sql, deliveries)})`] : []),
    ...(hasOwn ? [sql`, own_delivery as (${insertOwn(sql)})`] : []),
    ...(attempts.length > 0 ? [sql`, attempt as (${insertAttempts(sql, attempts)})`] : []),
    ...(events.some(({ opens }) => opens) ? [sql`, alert as (${openAlerts(sql, events)})`] : []),
  ]
  const woken = hasOwn ? sql`union all select null, key from lane where connector = ${ownConnector}` : sql``
  const written = await sql<{ event: string | null; lane: string | null }[]>`
    with ${parts} select event_id as event, null as lane from fresh ${woken}`
  return {
    events: new Set(written.flatMap(({ event }) => event ?? [])),
    ownLanes: new Set(written.flatMap(({ lane }) => lane ?? [])),
  }
}

type NewPerson = { id: string; source: string; authorityId: string }

function listPeople(events: readonly StoredEvent[]): NewPerson[] {
  const people = events.flatMap(({ source, person }) => (person ? [{ source, ...person }] : []))
  return [...new Map(people.map((person) => [person.id, person])).values()]
}

const personColumns = defineColumns<NewPerson>({
  id: ['text', (person) => person.id],
  source: ['text', (person) => person.source],
  authority_id: ['text', (person) => person.authorityId],
})

function upsertPeople(sql: AnySql, people: readonly NewPerson[]) {
  return sql`
    insert into hub.person (id, source, authority_id)
    select r.id, r.source, r.authority_id from ${toRecords(sql, people, personColumns)} as r
    order by r.id collate "C"
    on conflict do nothing
    returning id`
}

const laneColumns = defineColumns<LaneRow>({
  key: ['text', (row) => row.lane],
  connector: ['text', (row) => row.connector],
  authority: ['text', (row) => row.authority],
  person: ['text', (row) => row.person],
  due_in: ['double precision', (row) => row.dueInSeconds],
  deny_in: ['double precision', (row) => row.denyInSeconds],
})

/** Before the deliveries: a lane touched after them could lose its wake-up to a settle in between. */
function wakeLanes(
  sql: AnySql,
  { lanes, after, hasOwn }: { lanes: readonly LaneRow[]; after: boolean; hasOwn: boolean },
) {
  return sql`
    insert into hub.lane (key, connector, authority, person, next_at, deny_next_at, unread)
    select r.key, r.connector, r.authority, r.person, now() + make_interval(secs => r.due_in),
      now() + make_interval(secs => r.deny_in), r.authority is not null and hub.is_unread(r.person)
    from ${after ? sql`(select count(*) from person) as people_first,` : sql``} (
      select * from ${toRecords(sql, lanes, laneColumns)} as given
      ${hasOwn ? sql`union all ${selectOwnLanes(sql)}` : sql``}) as r
    order by r.key collate "C"
    on conflict (key) do update set next_at = least(lane.next_at, excluded.next_at),
      deny_next_at = least(lane.deny_next_at, excluded.deny_next_at),
      authority = coalesce(excluded.authority, lane.authority)
    returning key, connector`
}

type EventRow = StoredEvent & { partOf: string | null }

/** The first event of a body carries it; the others name that event. */
function shareBodies(events: readonly StoredEvent[]): EventRow[] {
  const carriers = new Map<Body, string>()
  return events.map((event) => {
    const partOf = carriers.get(event.body) ?? null
    if (partOf === null) carriers.set(event.body, event.id)
    return { ...event, partOf }
  })
}

const eventColumns = defineColumns<EventRow>({
  id: ['text', (event) => event.id],
  source: ['text', (event) => event.source],
  external_id: ['text', (event) => event.externalId],
  request_id: ['text', (event) => event.requestId],
  trace_id: ['uuid', (event) => event.traceId],
  type: ['text', (event) => event.type],
  person: ['text', (event) => event.person?.id],
  email: ['text', (event) => event.personEmail],
  time: ['timestamptz', (event) => event.time],
  received_at: ['timestamptz', (event) => event.receivedAt],
  trusted: ['boolean', (event) => event.trusted],
  part_of: ['text', (event) => event.partOf],
  data: ['json', ({ partOf, body }) => (partOf === null ? body.text : null)],
  raw: ['text', ({ partOf, body }) => (partOf === null ? body.raw : null)],
})

function readIncoming(sql: AnySql, events: readonly EventRow[]) {
  return sql`
    select r.id, source, external_id, request_id, trace_id, type,
      coalesce(person, case when r.email is not null then hub.last_seen_as(r.email) end) as person, time, received_at,
      trusted, part_of, data, raw
    from ${toRecords(sql, events, eventColumns)} as r`
}

/** An event that its sender gave no id goes by ours: it can come once only, and needs no key. */
function isKeyless(event: StoredEvent): boolean {
  return event.externalId === event.id
}

function insertKeys(sql: AnySql, { after }: { after: boolean }) {
  return sql`
    insert into hub.event_key (source, external_id, event_id)
    select source, external_id, id
    from ${after ? sql`(select count(*) from lane) as lanes_first,` : sql``} incoming
    where external_id <> id
    order by source collate "C", external_id collate "C"
    on conflict do nothing
    returning event_id`
}

/**
 * Only events whose key was written just now go on: a duplicate leaves no second row. What was written is joined as a
 * list and not looked up in the tables, because a plan made while those were small would read them whole.
 */
function selectFresh(sql: AnySql, { hasKeys }: { hasKeys: boolean }) {
  return sql`
    ${hasKeys ? sql`select event_id from keyed union all` : sql``}
    select id as event_id from incoming where external_id = id`
}

/**
 * The body of an element stands with the first of its events that is recorded: the one that carries it here may have
 * been recorded before, with another body.
 */
function insertEvents(sql: AnySql, { hasParts }: { hasParts: boolean }) {
  const columns = sql`id, source, external_id, request_id, trace_id, type, person, time, received_at, trusted`
  if (!hasParts) {
    return sql`
      insert into hub.event (${columns}, data, raw)
      select ${columns}, r.data, decode(r.raw, 'hex') from incoming r join fresh on fresh.event_id = r.id`
  }
  return sql`
    insert into hub.event (${columns}, part_of, data, raw)
    select r.id, r.source, r.external_id, r.request_id, r.trace_id, r.type, r.person, r.time, r.received_at, r.trusted,
      nullif(r.first, r.id), body.data, decode(body.raw, 'hex')
    from (
      select i.*, min(i.id) over (partition by coalesce(i.part_of, i.id)) as first
      from incoming i join fresh on fresh.event_id = i.id
    ) r
    left join incoming body on r.first = r.id and body.id = coalesce(r.part_of, r.id)`
}

const deliveryColumns = defineColumns<EventDelivery>({
  id: ['text', (delivery) => delivery.id],
  event_id: ['text', (delivery) => delivery.eventId],
  lane: ['text', (delivery) => delivery.lane],
  connector: ['text', (delivery) => delivery.connector],
  kind: ['text', (delivery) => delivery.kind],
  direction: ['text', (delivery) => delivery.direction],
  hint: ['text', (delivery) => delivery.hint],
  due_in: ['double precision', (delivery) => delivery.dueInSeconds],
  request: ['json', (delivery) => toJsonOrNull(delivery.inline && toStoredForm(delivery.inline.asked))],
  accesses: ['json', ({ inline }) => (inline?.accesses.length ? toJsonOrNull(inline.accesses) : null)],
  deadline_in: ['double precision', (delivery) => delivery.inline?.deadlineInSeconds],
  dedupe_key: ['text', (delivery) => delivery.inline?.dedupeKey],
  status: ['text', (delivery) => delivery.settled?.status],
  error: ['text', (delivery) => delivery.settled?.error],
  code: ['text', (delivery) => delivery.settled?.code],
  answer: ['json', (delivery) => toJsonOrNull(delivery.settled?.answer)],
})

function insertDeliveries(sql: AnySql, deliveries: readonly EventDelivery[]) {
  return sql`
    insert into hub.delivery
      (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at, request, accesses,
        deadline_at, dedupe_key, status, settled_at, attempts, last_error, code, answer)
    select r.id, r.event_id, r.lane, r.connector, e.person, r.kind, r.direction, r.hint, e.time,
      case when r.status is null then now() + make_interval(secs => coalesce(r.due_in, 0)) end, r.request,
      case when r.accesses is null then '{}' else array(select json_array_elements_text(r.accesses)) end, now() + make_interval(secs => r.deadline_in), r.dedupe_key,
      coalesce(r.status, 'pending'), case when r.status is not null then now() end,
      case when r.status is null then 0 else 1 end, r.error, r.code, r.answer
    from ${toRecords(sql, deliveries, deliveryColumns)} as r
    join incoming e on e.id = r.event_id join fresh on fresh.event_id = r.event_id
    order by r.id collate "C"`
}

const columns = defineColumns<NewAttempt>({
  id: ['text', (attempt) => attempt.id],
  delivery_id: ['text', (attempt) => attempt.deliveryId],
  number: ['integer', (attempt) => attempt.number],
  trigger: ['text', (attempt) => attempt.trigger],
  started_at: ['timestamptz', (attempt) => attempt.startedAt],
  duration_ms: ['double precision', (attempt) => attempt.durationMs],
  outcome: ['text', (attempt) => attempt.outcome],
  error: ['text', (attempt) => attempt.error],
  state: ['jsonb', (attempt) => toJsonOrNull(attempt.state)],
  changes: ['jsonb', (attempt) => toJsonOrNull(attempt.changes)],
  conflicts: ['jsonb', (attempt) => toJsonOrNull(attempt.conflicts)],
  answer: ['json', (attempt) => toJsonOrNull(attempt.answer)],
  calls: ['jsonb', (attempt) => toJsonOrNull(attempt.calls)],
  stack: ['text', ({ stack }) => stack],
})

export function insertAttempts(tx: AnySql, attempts: readonly NewAttempt[]) {
  return tx`
    insert into hub.attempt
      (id, delivery_id, number, trigger, started_at, duration_ms, outcome, error, state, changes, conflicts, answer, calls,
        stack)
    select * from ${toRecords(tx, attempts, columns)} as r`
}
