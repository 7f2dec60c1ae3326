import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import { lockLanes, refreshLanes } from '../queue/lanes.ts'
import { type AnySql, inOrder, type Sql, transaction } from '../sql/sql.ts'
import { type NewOrder, type OrderNote, recordOrder } from './operator-orders.ts'

type Replayed = { id: string; from: DeliveryStatus; kind: DeliveryKind; lane: string; person: string | null }

type ReplayOrder = {
  ids: readonly string[]
  /** Absent: no operator ordered it, and nothing is put on record. */
  order?: OrderNote & Pick<NewOrder, 'facts' | 'planHash'> & { kind: 'replay' | 'recover' }
}

/**
 * Makes finished deliveries due again, as the operator's own attempt. A `sync` delivery is safe to repeat: it looks at
 * the authority first, and a question is only asked. A revoke that no allow-list had has its person found first, as a
 * new one has.
 */
export async function replay(sql: Sql, order: ReplayOrder): Promise<Replayed[]> {
  return transaction(sql, (tx) => replayIn(tx, order))
}

/** The same in the transaction of its caller, which has locked no lane before. */
export async function replayIn(tx: AnySql, { ids, order }: ReplayOrder): Promise<Replayed[]> {
  await makeLanes(tx, ids)
  const lanes = await tx<{ lane: string }[]>`select distinct lane from hub.delivery where id = any(${[...ids]})`
  await lockLanes(
    tx,
    lanes.map(({ lane }) => lane),
  )
  const before = await tx<Replayed[]>`
    select d.id, d.status as from, d.kind, d.lane, d.person from hub.delivery d
    where d.id = any(${[...ids]}) and ${mayRunAgain(tx)} order by d.id for update`
  const taken = before.map((row) => row.id)
  await tx`
    update hub.delivery set status = 'pending', next_attempt_at = now(), next_trigger = 'manual', collapsed_into = null,
      settled_at = null, kind = case when request -> 'unmapped' is null then kind else 'resolve' end
    where id = any(${taken})`
  await refreshLanes(
    tx,
    before.map((row) => row.lane),
  )
  const about = [...taken, ...before.flatMap(({ person }) => person ?? [])]
  if (order && taken.length > 0) await recordOrder(tx, { ...order, about })
  return [...before]
}

/** What was settled when it came in stood in no queue, and may have no lane: no worker would ever claim it. */
function makeLanes(tx: AnySql, ids: readonly string[]) {
  return tx`
    insert into hub.lane (key, connector, authority, person)
    select distinct on (d.lane collate "C") d.lane, d.connector, case when d.kind = 'sync' then p.source end,
      case when d.kind in ('sync', 'on', 'deprovision') and d.request -> 'unmapped' is null then d.person end
    from hub.delivery d left join hub.person p on p.id = d.person
    where d.id = any(${[...ids]}) and ${mayRunAgain(tx)} order by d.lane collate "C"
    on conflict do nothing`
}

/**
 * A superseded delivery never runs again, and a grant does not either: it would be a late one. A trial concerns no
 * person's access. A revoke in a question's lane was never given its targets, nor a person. A request without its e-mail,
 * and an event without its body, had these deleted: a handler would act on half of what was asked.
 */
export function mayRunAgain(tx: AnySql) {
  return tx`(d.status <> 'superseded' and d.kind <> 'provision' and d.request -> 'trial' is null
    and not (d.kind = 'deprovision' and d.lane = hub.question_lane(d.connector, d.id))
    and d.request #>> '{request,subject,email}' is distinct from ''
    and not (d.kind = 'on' and exists (select 1 from hub.event e where e.id = d.event_id and e.raw is null
      and hub.body_of(e.data, e.part_of) is null)))`
}

/** What `recover` replays: everything set aside, or still waiting after a failure, since the given time. */
export async function findFailedSince(sql: Sql, since: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select d.id from hub.delivery d where d.created_at >= ${since} and ${isToRecover(sql)} order by d.seq`
  return rows.map((row) => row.id)
}

/** The same of the deliveries of one event. */
export async function findFailedOf(sql: Sql, event: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select d.id from hub.delivery d where d.event_id = ${event} and ${isToRecover(sql)} order by d.seq`
  return rows.map((row) => row.id)
}

/** Whether `recover` replays the delivery `d`. */
export function isToRecover(sql: AnySql) {
  return sql`(d.collapsed_into is null and d.kind not in ('validate', 'preapprove')
    and (d.status in ('failed', 'held', 'contradicted', 'no_match') or (d.status = 'pending' and d.attempts > 0))
    and ${mayRunAgain(sql)})`
}

/**
 * Makes due at once what waits only because the hub observed when it was last tried: revokes that are owed. What is
 * settled meanwhile stays settled.
 */
export async function enforceObserved(sql: Sql): Promise<void> {
  const waiting = await sql<{ id: string; lane: string }[]>`
    select d.id, d.lane from hub.delivery d
    where d.next_attempt_at is not null and d.status = 'pending' and ${isLastObserving(sql)}`
  if (waiting.length === 0) return
  const lanes = [...new Set(waiting.map(({ lane }) => lane))]
  await transaction(sql, (tx) =>
    inOrder([
      lockLanes(tx, lanes),
      tx`update hub.delivery set next_attempt_at = now()
        where id = any(${waiting.map(({ id }) => id)}) and next_attempt_at is not null and status = 'pending'`,
      refreshLanes(tx, lanes),
    ]),
  )
}

/** Whether the last attempt of the delivery `d` did nothing because the hub observed. */
export function isLastObserving(sql: AnySql) {
  return sql`(
    select a.outcome from hub.attempt a where a.delivery_id = d.id order by a.started_at desc, a.id desc limit 1
  ) = 'observing'`
}
