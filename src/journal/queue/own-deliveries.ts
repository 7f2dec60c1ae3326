import { ownConnector } from '../../core/lane.ts'
import type { NewDelivery } from '../../core/queue.ts'
import { defineColumns, toRecords } from '../sql/columns.ts'
import type { AnySql } from '../sql/sql.ts'
import { selectCallers } from './select-callers.ts'

/** A delivery with what of its event is written beside it. */
export type EventDelivery = NewDelivery & { eventId: string; person: string | null }

const ownColumns = defineColumns<EventDelivery>({
  id: ['text', (delivery) => delivery.id],
  event_id: ['text', (delivery) => delivery.eventId],
  key: ['text', (delivery) => delivery.lane],
  authority: ['text', (delivery) => delivery.authority],
  person: ['text', (delivery) => delivery.person],
  hint: ['text', (delivery) => delivery.hint],
})

/**
 * The deliveries at the hub itself of those who have a session or a token that is good now. Every hook of a person brings
 * one and hardly any is written, so that it comes here with no more than tells whose it is.
 */
export function selectOwn(sql: AnySql, own: readonly EventDelivery[]) {
  return sql`
    select r.* from ${toRecords(sql, own, ownColumns)} as r
    where r.key in (select ${`${ownConnector}/`} || c.source || '/' || c.authority_id from ${selectCallers(sql)} c)`
}

/** Their lanes, with the columns of the others that are woken. */
export function selectOwnLanes(sql: AnySql) {
  return sql`
    select key, ${ownConnector}, authority, person, 0, case when bool_or(hint = 'deny') then 0 end
    from own group by key, authority, person`
}

/** Of events that are recorded now, in lanes that were woken before. */
export function insertOwn(sql: AnySql) {
  return sql`
    insert into hub.delivery
      (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at)
    select r.id, r.event_id, r.key, ${ownConnector}, e.person, 'sync', 'deny', r.hint, e.time, now()
    from own r join incoming e on e.id = r.event_id join fresh on fresh.event_id = r.event_id
    where r.key in (select key from lane)`
}
