import type { AskedAccess } from '../../core/access.ts'
import type { Change, Direction } from '../../core/change.ts'
import type { Json } from '../../core/json.ts'
import type { DeliveryCode, DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind, NewAttempt } from '../../core/queue.ts'
import { selectAsked } from '../access/stored-json.ts'
import type { AnySql } from '../sql/sql.ts'
import { findEventsByKey, findEventsByRequest } from './find-events.ts'
import { isAmongStuck, type StuckLimits } from './stuck.ts'

/** A delivery as operators see it. `running` is derived: due, in a leased lane. */
export type DeliveryRow = {
  id: string
  status: DeliveryStatus
  connector: string
  kind: DeliveryKind
  direction: Direction
  eventId: string
  eventType: string
  eventTime: string
  person: string | null
  source: string
  authorityId: string | null
  /** The authority that the person's id is of: the event may be another's. */
  authority: string | null
  login: string | null
  /** Of an inline hook: for whom it was asked. */
  email: string | null
  /** While it is `running`: when the lease of its lane ends, whether the worker still lives or not. */
  leasedUntil: string | null
  attempts: number
  createdAt: string
  settledAt: string | null
  nextAttemptAt: string | null
  collapsedInto: string | null
  lastError: string | null
  /** Why it stands there; null: not known, or its status says it all. */
  code: DeliveryCode | null
}

export type DeliveryFilter = {
  status?: DeliveryStatus
  kind?: DeliveryKind
  connector?: string
  person?: string
  /** For whom an inline hook was asked, letter case aside. */
  email?: string
  event?: string
  ids?: readonly string[]
  /** Only what is stuck, by these limits. */
  stuck?: StuckLimits
  /** ISO times: what came, or ended, at or after `since` and before `until`. */
  since?: string
  until?: string
  limit: number
}

/** The newest deliveries that fit. */
export async function listDeliveries(sql: AnySql, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  const { status, kind, connector, person, email, event, ids, stuck, since, until } = filter
  return sql<DeliveryRow[]>`
    ${selectDelivery(sql)}
    where true
      ${status === undefined ? sql`` : status === 'running' ? sql`and ${isRunning(sql)}` : sql`and d.status = ${status}`}
      ${kind === undefined ? sql`` : sql`and (d.kind = ${kind} or ${kind === 'deprovision' ? isOnlyTrace(sql) : sql`false`})`}
      ${connector === undefined ? sql`` : sql`and d.connector = ${connector}`}
      ${person === undefined ? sql`` : sql`and d.person = ${person}`}
      ${email === undefined ? sql`` : sql`and hub.fold_email(d.request #>> '{request,subject,email}') = hub.fold_email(${email})`}
      ${event === undefined ? sql`` : sql`and d.event_id = ${event}`}
      ${ids === undefined ? sql`` : sql`and d.id = any(${[...ids]})`}
      ${stuck === undefined ? sql`` : sql`and ${isAmongStuck(sql, stuck)}`}
      ${since === undefined && until === undefined ? sql`` : sql`and ${isWithin(sql, filter)}`}
    order by d.seq desc
    limit ${filter.limit}`
}

export type AttemptRow = Omit<NewAttempt, 'deliveryId' | 'answer'> & {
  /** Of a question: what was answered, or would have been. */
  answer: Json
}

/** Of an inline hook: what was asked for, and what came of it. */
export type DeliveryInline = {
  asked: AskedAccess
  /** Of a question: what its sender was told. */
  answer: Json
  /** A grant whose vendor call may have landed, since when. */
  begunAt: string | null
  /** It takes back grants whose time is over; no sender asked for it. */
  isEnd: boolean
}

export type DeliveryDetails = DeliveryRow & {
  event: {
    id: string
    type: string
    time: string
    receivedAt: string
    requestId: string | null
    /** The W3C trace id of the request; null: an older version journaled it. */
    traceId: string | null
    trusted: boolean
    data: Json
  }
  inline: DeliveryInline | null
  tries: AttemptRow[]
}

/**
 * One delivery with its event and every attempt, or null. A collapsed one shows its own attempts, if it was tried before
 * it collapsed, and then those of the one it points to.
 */
export async function showDelivery(sql: AnySql, id: string): Promise<DeliveryDetails | null> {
  const [row] = await sql<DeliveryRow[]>`${selectDelivery(sql)} where d.id = ${id}`
  if (!row) return null
  const [event] = await sql<DeliveryDetails['event'][]>`
    select id, type, time, received_at as "receivedAt", request_id as "requestId",
      replace(trace_id::text, '-', '') as "traceId", trusted, hub.body_of(data, part_of) as data
    from hub.event where id = ${row.eventId}`
  const tries = await sql<AttemptRow[]>`
    with recursive run (id) as (
      select id from hub.delivery where id = ${id}
      union select d.collapsed_into from run join hub.delivery d on d.id = run.id where d.collapsed_into is not null)
    select id, number, trigger, started_at as "startedAt", duration_ms as "durationMs", outcome, error, state, changes,
      conflicts, answer, calls, stack
    from hub.attempt where delivery_id in (select id from run) order by started_at, number`
  const [inline] = await sql<DeliveryInline[]>`
    select ${selectAsked(sql, 'd')} as asked, answer, begun_at as "begunAt", grants is not null as "isEnd"
    from hub.delivery d where id = ${id} and request is not null`
  return event ? { ...row, event, inline: inline ?? null, tries: [...tries] } : null
}

export type OwedRow = {
  person: string
  connector: string
  target: string
  action: string
  change: Change
  since: string
  doneAt: string | null
  note: string | null
}

/** What is still owed, or was, to whom. */
export async function listOwed(sql: AnySql, { person, open }: { person?: string; open: boolean }): Promise<OwedRow[]> {
  return sql<OwedRow[]>`
    select person, connector, target, action, change, since, done_at as "doneAt", note
    from hub.owed
    where ${open ? sql`done_at is null` : sql`true`} ${person === undefined ? sql`` : sql`and person = ${person}`}
    order by since`
}

/** How many deliveries stand where, and how long the oldest has been due. */
export async function countDeliveries(
  sql: AnySql,
): Promise<{ status: DeliveryStatus; count: number; oldestDueSeconds: number | null }[]> {
  return sql`
    select status, count(*)::int as count,
      extract(epoch from now() - min(next_attempt_at) filter (where next_attempt_at <= now()))::float8 as "oldestDueSeconds"
    from hub.delivery group by status order by status`
}

/** A revoke of which it is not known whose access it takes, or that was for a person who is not known. */
export function isOnlyTrace(sql: AnySql) {
  return sql`(d.kind = 'resolve' and not exists (
    select 1 from hub.delivery o where o.event_id = d.event_id and o.kind = 'deprovision'))`
}

/** It came or it ended within the period: a failure is looked for by when it ended, what waits by when it came. */
export function isWithin(sql: AnySql, { since, until }: Pick<DeliveryFilter, 'since' | 'until'>) {
  const from = since === undefined ? sql`'-infinity'` : sql`${since}`
  const to = until === undefined ? sql`'infinity'` : sql`${until}`
  return sql`((d.created_at >= ${from} and d.created_at < ${to}) or (d.settled_at >= ${from} and d.settled_at < ${to}))`
}

export function isRunning(sql: AnySql) {
  return sql`(d.status = 'pending' and d.next_attempt_at <= now() and l.lease_until > now())`
}

function selectDelivery(sql: AnySql) {
  return sql`
    select d.id, case when ${isRunning(sql)} then 'running' else d.status end as status, d.connector, d.kind, d.direction,
      d.event_id as "eventId", e.type as "eventType", d.event_time as "eventTime", d.person, e.source,
      p.authority_id as "authorityId", p.source as authority, d.request #>> '{request,subject,email}' as email,
      case when ${isRunning(sql)} then l.lease_until end as "leasedUntil",
      (select s.value from hub.sighting s where s.person = d.person and s.kind = 'login' order by s.seen_at desc limit 1) as login,
      d.attempts, d.created_at as "createdAt", d.settled_at as "settledAt", d.next_attempt_at as "nextAttemptAt",
      d.collapsed_into as "collapsedInto", d.last_error as "lastError", d.code
    from hub.delivery d
    join hub.event e on e.id = d.event_id
    left join hub.lane l on l.key = d.lane
    left join hub.person p on p.id = d.person`
}

export type EventRow = {
  id: string
  source: string
  externalId: string
  requestId: string | null
  type: string
  person: string | null
  time: string
  receivedAt: string
  trusted: boolean
  data: Json
}

/**
 * Events by the hub's id, by the sender's id of the event, by the sender's id of the request that brought them, or by its
 * trace id. The last two are asked for only when no event has the text as its own id.
 */
export async function findEvents(sql: AnySql, text: string): Promise<EventRow[]> {
  const found = await selectEvents(sql, [text, ...(await findEventsByKey(sql, text))])
  return found.length > 0 ? found : selectEvents(sql, await findEventsByRequest(sql, text))
}

async function selectEvents(sql: AnySql, ids: readonly string[]): Promise<EventRow[]> {
  return sql<EventRow[]>`
    select id, source, external_id as "externalId", request_id as "requestId", type, person, time,
      received_at as "receivedAt", trusted, hub.body_of(data, part_of) as data
    from hub.event where id = any(${[...ids]})
    order by received_at, id limit 100`
}
