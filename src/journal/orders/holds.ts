import type { HeldDirection, Hold } from '../../core/change.ts'
import type { Json } from '../../core/json.ts'
import { personLane } from '../../core/lane.ts'
import { lockLanes, refreshLanes } from '../queue/lanes.ts'
import { selectActor } from '../records/actor.ts'
import type { AnySql, Sql } from '../sql/sql.ts'
import { transaction } from '../sql/sql.ts'
import { type NewOrder, type ReasonedNote, recordOrder } from './operator-orders.ts'

/** A person who was stopped, as operators see it. `actor`: who acted at the authority, in its own words. */
export type HoldRow<Actor = Json> = {
  actor: Actor
  person: string
  source: string
  authorityId: string
  login: string | null
  status: string | null
  connector: string
  direction: HeldDirection
  why: Hold['why']
  heldAt: string
  /** The delivery that waits. */
  delivery: string | null
  /** What an operator said: `release` is under way; `cancel` stands until the authority has newer news. */
  order: { kind: 'release' | 'cancel'; by: string; reason: string; at: string } | null
}

/** Where a page of holds begins: behind this one. `at`: when it was held, in milliseconds since 1970. */
export type HoldPlace = {
  isOrdered: boolean
  at: number
  person: string
  connector: string
  direction: HeldDirection
}

/** Both absent: all of them. */
type HoldPage = { after?: HoldPlace; limit?: number }

/**
 * Lists people who were stopped and are not yet as the authority says, first those who wait for an operator. A wave may
 * hold most of a company: what a row says is read for the page alone.
 */
export async function listHolds(sql: AnySql, { after, limit }: HoldPage = {}): Promise<HoldRow[]> {
  const place = sql`(o.id is not null, floor(extract(epoch from h.held_at) * 1000)::bigint, h.person, h.connector, h.direction)`
  const isBehind = after
    ? sql`${place} > (${after.isOrdered}::boolean, ${after.at}::bigint, ${after.person}, ${after.connector}, ${after.direction})`
    : sql`true`
  return sql<HoldRow[]>`
    with page as materialized (
      select h.*, row_number() over (order by ${place}) as nth
      from hub.hold h left join hub.brake_order o on o.id = h.brake_order
      where ${isBehind} order by nth limit ${limit ?? null}
    )
    select h.person, p.source, p.authority_id as "authorityId", p.state ->> 'status' as status, h.connector, h.direction,
      h.why, h.held_at as "heldAt",
      (select s.value from hub.sighting s where s.person = h.person and s.kind = 'login' order by s.seen_at desc limit 1)
        as login,
      (select ${selectActor(sql)} from hub.delivery d join hub.event e on e.id = d.event_id
        where d.person = h.person and d.connector = h.connector and d.hint = h.direction and e.source <> 'hub' and e.trusted
        order by d.seq desc limit 1) as actor,
      (select d.id from hub.delivery d where d.person = h.person and d.connector = h.connector and d.status = 'held'
        and d.collapsed_into is null order by d.seq desc limit 1) as delivery,
      case when o.id is not null then
        jsonb_build_object('kind', o.kind, 'by', o.ordered_by, 'reason', o.reason, 'at', hub.iso_time(o.ordered_at)) end as order
    from page h
    join hub.person p on p.id = h.person
    left join hub.brake_order o on o.id = h.brake_order
    order by h.nth`
}

type HoldOrder = ReasonedNote &
  Pick<NewOrder, 'facts' | 'planHash'> & {
    id: string
    kind: 'release' | 'cancel'
    /** One person; null: all who are held now. */
    person: string | null
    direction: HeldDirection | null
  }

type Found = { person: string; connector: string; direction: HeldDirection; authority: string; authorityId: string }

type Ordered = { people: number; lanes: string[] }

/**
 * Lets held people pass, or ends their work without effect, and records who said so and why. Released work is due at
 * once and looks at the authority first, so that it does what is true then. When no person is held, nothing is recorded.
 * A release also lifts what was cancelled before.
 */
export async function orderHolds(sql: Sql, order: HoldOrder): Promise<Ordered> {
  return transaction(sql, (tx) => orderHoldsIn(tx, order))
}

/** The same in the transaction of its caller, which has locked no lane before. */
export async function orderHoldsIn(tx: AnySql, order: HoldOrder): Promise<Ordered> {
  const { id, kind, person, direction, facts, planHash = null, ...note } = order
  const { reason, by } = note
  const open = kind === 'release' ? tx`(o.id is null or o.kind = 'cancel')` : tx`o.id is null`
  // A cancelled one was decided upon: "all" does not mean it.
  const meant = person === null ? tx`o.id is null` : tx`${open} and h.person = ${person}`
  const found = await tx<Found[]>`
    select h.person, h.connector, h.direction, p.source as authority, p.authority_id as "authorityId"
    from hub.hold h
    join hub.person p on p.id = h.person
    left join hub.brake_order o on o.id = h.brake_order
    where ${meant} and ${direction === null ? tx`true` : tx`h.direction = ${direction}`}`
  const lanes = [...new Set(found.map(personLane))].sort()
  const people = new Set(found.map((hold) => hold.person)).size
  if (people === 0) return { people: 0, lanes }
  await lockLanes(tx, lanes)
  const held = await tx<{ id: string }[]>`
    select id from hub.delivery where lane = any(${lanes}) and kind = 'sync' and status = 'held'`
  await tx`
    insert into hub.brake_order (id, kind, direction, person, people, reason, ordered_by)
    values (${id}, ${kind}, ${direction}, ${person}, ${people}, ${reason}, ${by})`
  const about = [...found.map((hold) => hold.person), ...held.map((delivery) => delivery.id)]
  await recordOrder(tx, { ...note, id, kind, about, facts: { ...facts, direction, people }, planHash })
  await tx`
    update hub.hold h set brake_order = ${id}
    from unnest(${found.map((hold) => hold.person)}::text[], ${found.map((hold) => hold.connector)}::text[],
      ${found.map((hold) => hold.direction)}::text[]) as t (person, connector, direction)
    where h.person = t.person and h.connector = t.connector and h.direction = t.direction`
  await (kind === 'release' ? makeDue(tx, lanes) : supersede(tx, { found, by, reason }))
  return { people, lanes }
}

/** Also what was cancelled: the delivery that would do it is over, and the person's newest stands for it. */
async function makeDue(tx: AnySql, lanes: readonly string[]): Promise<void> {
  await tx`
    update hub.delivery d set status = 'pending', next_attempt_at = now(), next_trigger = 'manual', settled_at = null,
      collapsed_into = null
    where d.id in (
      select distinct on (lane) id from hub.delivery
      where lane = any(${[...lanes]}) and kind = 'sync' and status in ('held', 'superseded', 'pending')
      order by lane, seq desc
    )`
  await tx`update hub.lane set provisional_next_at = '-infinity' where key = any(${[...lanes]})`
  await refreshLanes(tx, lanes)
}

type Cancel = { found: readonly Found[]; by: string; reason: string }

/** Whose unblock is cancelled may have been denied since it was held: the lockout that waits in the lane stays. */
async function supersede(tx: AnySql, { found, by, reason }: Cancel): Promise<void> {
  await tx`
    update hub.delivery d set status = 'superseded', settled_at = now(), next_attempt_at = null, code = 'cancelled',
      last_error = ${describeCancel({ by, reason })}
    from unnest(${found.map(personLane)}::text[], ${found.map(({ direction }) => direction)}::text[]) as t (lane, direction)
    where d.lane = t.lane and d.kind = 'sync' and d.status = 'held' and (t.direction = 'deny' or d.direction <> 'deny')`
}

/** How a cancelled delivery says who ended it. */
export function describeCancel({ by, reason }: { by: string; reason: string }): string {
  return `Cancelled by ${by}: ${reason}`
}

export type HoldChange = {
  person: string
  connector: string
  /** The run's newest delivery. */
  delivery: string
  /** Stopped, for the first time or again; null: not in this run. */
  hold: Hold | null
  /** The person is as the authority says: whatever was held of them is over. */
  over: boolean
}
