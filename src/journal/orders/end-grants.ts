import { makeId } from '../../core/id.ts'
import { personLane } from '../../core/lane.ts'
import { lockLanes, refreshLanes } from '../queue/lanes.ts'
import { type AnySql, toCleanRows } from '../sql/sql.ts'
import { type NewOrder, type ReasonedNote, recordOrder } from './operator-orders.ts'

type EndOfGrants = ReasonedNote & Pick<NewOrder, 'facts' | 'planHash'> & { ids: readonly string[] }

type Place = { connector: string; person: string; authority: string; authorityId: string }

/**
 * Makes the ends of these grants due now, in the transaction of its caller, which has locked no lane before. Returns the ids
 * of those whose end this order brought: not of one that is over, or whose end is due already. Each has a delivery of its
 * own, as at the end of its time, in the lane of its person: what takes it away is that run. The grant's time is over from
 * now on, so that a request that is repeated meanwhile is not answered by it.
 */
export async function endGrantsIn(
  tx: AnySql,
  { ids, facts, planHash = null, ...note }: EndOfGrants,
): Promise<ReadonlySet<string>> {
  const places = await tx<Place[]>`
    select distinct g.connector, g.person, p.source as authority, p.authority_id as "authorityId"
    from hub.access_grant g join hub.person p on p.id = g.person where g.id = any(${[...ids]})`
  const lanes = places.map((place) => ({ ...place, lane: personLane(place) }))
  const keys = lanes.map(({ lane }) => lane)
  await tx`
    insert into hub.lane (key, connector, person)
    select r.lane, r.connector, r.person from jsonb_to_recordset(${toCleanRows(tx, lanes)}) as r (
      lane text, connector text, person text) order by r.lane collate "C"
    on conflict do nothing`
  await lockLanes(tx, keys)
  const open = await tx<{ id: string; person: string; connector: string }[]>`
    select g.id, g.person, g.connector from hub.access_grant g
    where g.id = any(${[...ids]}) and g.ended_at is null and not ${isEndDue(tx)} order by g.id for update of g`
  const laneOf = new Map(lanes.map(({ connector, person, lane }) => [JSON.stringify([connector, person]), lane]))
  const ends = open.map(({ id, person, connector }) => ({
    ...{ id: makeId('dlv'), grant: id, lane: laneOf.get(JSON.stringify([connector, person])) ?? '' },
  }))
  const queued = await tx<{ grant: string }[]>`
    insert into hub.delivery
      (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at, request, accesses, grants)
    select r.id, d.event_id, r.lane, g.connector, g.person, 'deprovision', 'deny', 'deny', d.event_time, now(), g.request::json,
      array[g.access], array[g.id]
    from jsonb_to_recordset(${toCleanRows(tx, ends)}) as r (id text, "grant" text, lane text)
      join hub.access_grant g on g.id = r."grant" join hub.delivery d on d.id = g.delivery_id
    order by r.id collate "C"
    returning grants[1] as grant`
  const ended = queued.map(({ grant }) => grant)
  await tx`
    update hub.access_grant set until = least(until, now()), end_reason = 'An operator ended it.'
    where id = any(${ended})`
  await refreshLanes(tx, keys)
  if (ended.length > 0) {
    const about = [...ended, ...new Set(open.flatMap(({ id, person }) => (ended.includes(id) ? [person] : [])))]
    await recordOrder(tx, { ...note, kind: 'end_grant', about, facts: facts ?? {}, planHash })
  }
  return new Set(ended)
}

/** Whether a delivery that is due takes the grant `g` away. */
export function isEndDue(sql: AnySql) {
  return sql`exists (
    select 1 from hub.delivery e where e.person = g.person and e.connector = g.connector and e.kind = 'deprovision'
      and e.status = 'pending' and e.next_attempt_at <= now() and g.id = any(e.grants))`
}
