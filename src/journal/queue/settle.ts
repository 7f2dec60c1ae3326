import type { Change, Direction, Sighting } from '../../core/change.ts'
import type { DeliveryCode, DeliveryStatus } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { HeldLane, NewAttempt } from '../../core/queue.ts'
import { type AccessSettlement, lockFollowing, writeAccess } from '../access/settle-access.ts'
import { type HoldChange, writeHold } from '../orders/holds.ts'
import { endAlert } from '../records/alerts.ts'
import { type AnySql, inOrder, type Sql, toCleanJson, toCleanRows, transaction } from '../sql/sql.ts'
import { insertAttempts } from './ingest-statement.ts'
import { lockLanes, refreshLanes, setTimes } from './lanes.ts'
import { type Verified, writeVerified } from './settle-verification.ts'

export type SettledDelivery = {
  id: string
  status: DeliveryStatus
  direction: Direction
  attempts: number
  rechecks: number
  /** Seconds until it falls due again; null: never by itself. */
  waitSeconds: number | null
  error: string | null
  code: DeliveryCode | null
  /** A judgment of the person's state, not of one event. */
  sync?: boolean
  /** Older deliveries that this one's run stands for. */
  collapsed: string[]
}

export type Settlement = {
  lane: HeldLane
  targets: readonly HeldLane[]
  connector: string
  person: { id: string; state: PersonState | null } | null
  sightings: readonly Sighting[]
  deliveries: readonly SettledDelivery[]
  attempts: readonly NewAttempt[]
  owedDone: readonly (Pick<Change, 'target' | 'action'> & { note: string | null })[]
  /** The authority says allow: what was owed to a denial is void. */
  owedDropped: boolean
  /** What became of the person's hold; absent: nothing. */
  hold?: HoldChange | null
  /** The run only observed: a hub that enforces must look again. Absent: the lane stays as it was marked. */
  observed?: boolean
  provisional?: ProvisionalMark | null
  /** What came of requests for access. */
  access?: AccessSettlement
  /** A grant or a handler's event went through: the connector has the right that such a one lacked. */
  hasRight?: boolean
  /** What the run saw of the person's targets, and when they are to be looked at again. */
  verified?: Verified | null
}

/** How far a lane got without its authority; `over`: the authority was read. */
export type ProvisionalMark = { kind: 'over' } | { kind: 'tried'; denied: boolean; againSeconds: number | null }

/**
 * Writes what a run found and did, and gives the lane back, in one transaction behind the fence.
 * The lane is locked first and its next time computed last, from what then waits in it.
 * @throws FencedOutError when another worker took the lane over: nothing is written
 */
export async function settle(sql: Sql, settlement: Settlement): Promise<void> {
  const held = [settlement.lane, ...settlement.targets].sort((a, b) => (a.key < b.key ? -1 : 1))
  await transaction(sql, async (tx) => {
    await inOrder([
      ...(settlement.access ? lockFollowing(tx, settlement.lane.key, settlement.access) : []),
      tx`select hub.fence(${held.map((lane) => lane.key)}::text[], ${held.map((lane) => lane.epoch)}::bigint[])`,
      ...writePerson(tx, settlement),
      ...writeVerified(tx, settlement),
      ...writeDeliveries(tx, settlement),
      ...(settlement.hold ? writeHold(tx, settlement.hold) : []),
      ...(settlement.access ? writeAccess(tx, settlement.access) : []),
      ...(settlement.hasRight ? [endAlert(tx, { type: 'hub.alert.missing_right', about: settlement.connector })] : []),
      ...(settlement.attempts.length > 0 ? [insertAttempts(tx, settlement.attempts)] : []),
      releaseLanes(tx, settlement),
    ])
  })
}

/**
 * A worker that was fenced out, or gives up before it began, makes the lane due again: the worker that has it then plans again.
 * A delivery that was collapsed meanwhile passes this on to the one that stands for it.
 */
export async function makeDueAgain(
  sql: Sql,
  { lane, deliveryIds }: { lane: string; deliveryIds: readonly string[] },
): Promise<void> {
  await transaction(sql, (tx) =>
    inOrder([
      lockLanes(tx, [lane]),
      tx`with recursive standing as (
          select id, collapsed_into from hub.delivery where id = any(${[...deliveryIds]})
          union
          select d.id, d.collapsed_into from hub.delivery d join standing s on d.id = s.collapsed_into
        )
        update hub.delivery d set next_attempt_at = now() from standing s where s.id = d.id and s.collapsed_into is null`,
      refreshLanes(tx, [lane]),
    ]),
  )
}

function writePerson(tx: AnySql, { person, sightings, connector, owedDone, owedDropped }: Settlement) {
  if (!person) return []
  const statements: PromiseLike<unknown>[] = []
  if (person.state) {
    const { state } = person
    statements.push(tx`
      update hub.person set state = ${toCleanJson(state)}::text::jsonb, state_read_at = ${state.readAt},
        denied_at = ${state.access === 'deny' ? tx`coalesce(denied_at, now())` : state.access === 'allow' ? null : tx`denied_at`}
      where id = ${person.id} and (state_read_at is null or state_read_at <= ${state.readAt})`)
  }
  if (sightings.length > 0) statements.push(upsertSightings(tx, { person: person.id, sightings }))
  const formerLinks = sightings.filter((sighting) => sighting.kind === 'former_link').map((sighting) => sighting.value)
  if (formerLinks.length > 0) {
    statements.push(tx`delete from hub.sighting
      where person = ${person.id} and connector = ${connector} and kind = 'link' and value = any(${formerLinks})`)
  }
  if (owedDone.length > 0) statements.push(tickOwed(tx, { person: person.id, connector, owedDone }))
  if (owedDropped) {
    statements.push(tx`update hub.owed set done_at = now(), note = 'void: the person is allowed again'
      where person = ${person.id} and connector = ${connector} and done_at is null`)
  }
  return statements
}

function upsertSightings(tx: AnySql, { person, sightings }: { person: string; sightings: readonly Sighting[] }) {
  const unique = [...new Map(sightings.map((s) => [JSON.stringify([s.kind, s.connector ?? '', s.value]), s])).values()]
  return tx`
    insert into hub.sighting (person, kind, connector, value)
    select ${person}, r.kind, coalesce(r.connector, ''), r.value
    from jsonb_to_recordset(${toCleanRows(tx, unique)}) as r (kind text, connector text, value text)
    order by r.kind collate "C", r.connector collate "C", r.value collate "C"
    on conflict (person, kind, connector, value) do update set seen_at = now()`
}

type Ticks = { person: string; connector: string; owedDone: Settlement['owedDone'] }

function tickOwed(tx: AnySql, { person, connector, owedDone }: Ticks) {
  return tx`
    update hub.owed o set done_at = now(), note = r.note
    from jsonb_to_recordset(${toCleanRows(tx, owedDone)}) as r (target text, action text, note text)
    where o.person = ${person} and o.connector = ${connector} and o.target = r.target and o.action = r.action
      and o.done_at is null`
}

/** A later judgment of the same person stands for what was set aside before: one `held` a lane, and none when all is well. */
function standForHeld(tx: AnySql, { lane, deliveries }: Settlement) {
  const judged = deliveries.filter(({ status, sync }) => sync && standing.has(status))
  return judged.map(
    ({ id, status }) => tx`
      update hub.delivery set status = ${status}, collapsed_into = ${id}
      where lane = ${lane.key} and kind = 'sync' and status = 'held' and id <> ${id}`,
  )
}

const standing = new Set<DeliveryStatus>(['succeeded', 'no_match', 'held', 'superseded', 'contradicted'])

function writeDeliveries(tx: AnySql, settlement: Settlement) {
  const { deliveries } = settlement
  if (deliveries.length === 0) return []
  const settled = tx`
    update hub.delivery d
    set status = r.status, direction = r.direction, attempts = r.attempts, rechecks = r.rechecks, last_error = r.error,
      code = r.code, next_trigger = 'scheduled', collapsed_into = null,
      next_attempt_at = now() + make_interval(secs => r."waitSeconds"),
      settled_at = case when r.status = 'pending' then null else now() end
    from jsonb_to_recordset(${toCleanRows(tx, deliveries)}) as r (
      id text, status text, direction text, attempts integer, rechecks integer, error text, code text,
      "waitSeconds" double precision
    )
    where d.id = r.id`
  const pairs = deliveries.flatMap((delivery) =>
    delivery.collapsed.map((id) => ({ ...delivery, id, into: delivery.id })),
  )
  const older = standForHeld(tx, settlement)
  if (pairs.length === 0) return [settled, ...older]
  // What had settled and was only to be looked at once more stays as it was. A contradiction ends when it comes true.
  const stays = tx`(d.status = 'succeeded'
    or (d.status = 'contradicted' and (r.direction <> 'deny' or r.status = 'pending')))`
  const collapsed = tx`
    update hub.delivery d
    set next_attempt_at = null, rechecks = r.rechecks,
      collapsed_into = case when not ${stays} then r.into end,
      status = case when ${stays} then d.status else r.status end,
      direction = case when ${stays} then d.direction else r.direction end,
      last_error = case when ${stays} then d.last_error else r.error end,
      code = case when ${stays} then d.code else r.code end,
      settled_at = case when ${stays} then d.settled_at when r.status = 'pending' then null else now() end
    from jsonb_to_recordset(${toCleanRows(tx, pairs)}) as r (
      id text, "into" text, status text, direction text, rechecks integer, error text, code text
    )
    where d.id = r.id`
  return [settled, collapsed, ...older]
}

function releaseLanes(tx: AnySql, { lane, targets, observed, provisional, person }: Settlement) {
  return tx`
    update hub.lane l
    set lease_until = null,
      ${observed === undefined ? tx`` : tx`observed_at = case when l.key = ${lane.key} and ${observed} then now() end,`}
      ${provisional ? markProvisional(tx, provisional) : tx``}
      ${person?.state ? tx`unread = false,` : tx``}
      ${setTimes(tx)}
    where l.key = any(${[lane, ...targets].map((held) => held.key)})`
}

function markProvisional(tx: AnySql, mark: ProvisionalMark) {
  if (mark.kind === 'over') return tx`provisional_at = null, provisional_next_at = '-infinity',`
  const next = mark.againSeconds === null ? tx`'infinity'` : tx`now() + make_interval(secs => ${mark.againSeconds})`
  return tx`${mark.denied ? tx`provisional_at = coalesce(l.provisional_at, now()),` : tx``} provisional_next_at = ${next},`
}
