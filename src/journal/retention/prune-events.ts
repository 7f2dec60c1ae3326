import type { LeavingEvidence } from '../../core/evidence.ts'
import type { PersonHistory } from '../../core/person-history.ts'
import { lockLanes } from '../queue/lanes.ts'
import { readHistoriesOf } from '../records/leaver-histories.ts'
import { bindByKey } from '../sql/read-by-key.ts'
import { type AnySql, inOrder, type Sql } from '../sql/sql.ts'
import { listLeavingEvidence, writeAccessEvidence, writeLeavingEvidence } from './evidence.ts'
import { hasStandingGrant, isOpen, isOpenAlert, isOwedOrHeld, isUnderLegalHold } from './is-needed.ts'
import type { PrunedEvents, PruneStep } from './prune-bodies.ts'

/** What is to be kept of people's leavings, by all that the journal has of them now and what it has kept before. */
export type KeepLeavings = (
  histories: readonly PersonHistory[],
  kept: readonly LeavingEvidence[],
) => readonly LeavingEvidence[]

type Over = { event: string; delivery: string | null; lane: string | null }

/**
 * Deletes events that are older than this and over, with their deliveries, attempts and alerts, and of grants that ended
 * what was asked for, and writes in the same transaction what is kept of them as evidence. What is open, owed, held or granted stays, and so does what another
 * delivery points to, what is about a person under legal hold, and the last run of a denied person at a connector, which says how they stand there. The keys of
 * events stay for ever: what comes again after years is still known.
 */
export function pruneEvents(sql: Sql, step: PruneStep & { keepLeavings: KeepLeavings }): Promise<PrunedEvents> {
  return bindByKey(sql)(async (tx) => {
    const { last, isFull } = await lookAhead(tx, step)
    if (last === null) return { count: 0, last: null }
    const over = await lockOver(tx, { ...step, last })
    const events = [...new Set(over.map(({ event }) => event))]
    const deliveries = over.flatMap(({ delivery }) => delivery ?? [])
    // Each was the lane of one delivery alone.
    const lanes = over.flatMap(({ delivery, lane }) =>
      delivery && lane?.endsWith(`/question:${delivery}`) ? lane : [],
    )
    if (events.length > 0) {
      await keepEvidence(tx, { deliveries, keepLeavings: step.keepLeavings })
      await inOrder([
        tx`update hub.access_grant g set request = hub.strip_request(g.request::json)::jsonb
          where g.delivery_id = any(${deliveries}) and g.ended_at is not null`,
        tx`delete from hub.attempt where delivery_id = any(${deliveries})`,
        tx`delete from hub.delivery where id = any(${deliveries})`,
        tx`delete from hub.alert where event_id = any(${events})`,
        tx`delete from hub.event where id = any(${events})`,
        tx`delete from hub.lane where key = any(${lanes}) and next_at is null and lease_until is null`,
      ])
    }
    return { count: events.length, last: isFull ? last : null }
  })()
}

/** The events of this step, by their ids. `isFull`: the next ones may be old enough as well. */
async function lookAhead(tx: AnySql, { after, keepDays, rows }: PruneStep) {
  const [row] = await tx<{ last: string | null; isFull: boolean }[]>`
    select max(id) filter (where received_at < now() - make_interval(days => ${keepDays})) as last,
      coalesce(bool_and(received_at < now() - make_interval(days => ${keepDays})), false) and count(*) = ${rows} as "isFull"
    from (select id, received_at from hub.event where id > ${after} order by id limit ${rows}) seen`
  return row ?? { last: null, isFull: false }
}

/**
 * Locks what is over: lanes first, which keeps an operator's replay out, then the events and their deliveries. An event
 * of which one delivery is needed stays with all of them.
 */
async function lockOver(tx: AnySql, { after, keepDays, last }: PruneStep & { last: string }): Promise<Over[]> {
  const old = tx`(select * from hub.event where id > ${after} and id <= ${last}
    and received_at < now() - make_interval(days => ${keepDays}) offset 0) e`
  const lanes = await tx<{ lane: string }[]>`
    select distinct d.lane from ${old} cross join lateral (select * from hub.delivery where event_id = e.id offset 0) d
    where not ${isOpen(tx)}`
  await lockLanes(
    tx,
    lanes.map(({ lane }) => lane),
  )
  return tx<Over[]>`
    select e.id as event, d.id as delivery, d.lane
    from ${old} left join hub.delivery d on d.event_id = e.id
    where not ${isOpenAlert(tx)}
      and not exists (select 1 from hub.event part where part.part_of = e.id)
      and not ${isUnderLegalHold(tx)}
      and not exists (select 1 from hub.delivery d where d.event_id = e.id and ${isNeeded(tx)})
    order by e.id, d.id`
}

/** A condition on `hub.delivery d`. */
function isNeeded(tx: AnySql) {
  return tx`(${isOpen(tx)} or ${hasStandingGrant(tx)}
    or exists (select 1 from hub.delivery o where o.collapsed_into = d.id)
    or ${isOwedOrHeld(tx)}
    or exists (select 1 from hub.access_grant g where g.ended_by = d.id and g.ended_at > now() - interval '7 days'
      and g.person = d.person and g.connector = d.connector)
    or (d.kind = 'sync' and exists (select 1 from hub.person p where p.id = d.person and p.denied_at is not null)
      and exists (select 1 from hub.attempt a where a.delivery_id = d.id and a.state is not null)
      and not exists (
        select 1 from hub.delivery n where n.person = d.person and n.connector = d.connector and n.kind = 'sync'
          and n.seq > d.seq and n.created_at >= d.created_at
          and exists (select 1 from hub.attempt a where a.delivery_id = n.id and a.state is not null))))`
}

type Kept = { deliveries: readonly string[]; keepLeavings: KeepLeavings }

async function keepEvidence(tx: AnySql, { deliveries, keepLeavings }: Kept): Promise<void> {
  const concerned = await tx<{ person: string; connector: string }[]>`
    select distinct d.person, d.connector from hub.delivery d
    where d.id = any(${[...deliveries]}) and d.kind = 'sync' and d.person is not null
      and (d.hint = 'deny' or exists (select 1 from hub.attempt a where a.delivery_id = d.id and a.state ->> 'access' = 'deny')
        or exists (select 1 from hub.evidence v where v.person = d.person and v.connector = d.connector and v.ended_at is null))`
  if (concerned.length > 0) {
    const histories = await readHistoriesOf(tx, concerned)
    const kept = await listLeavingEvidence(tx, { people: [...new Set(concerned.map(({ person }) => person))] })
    const leavings = keepLeavings(histories, kept)
    if (leavings.length > 0) await writeLeavingEvidence(tx, leavings)
  }
  await inOrder(writeAccessEvidence(tx, deliveries))
}
