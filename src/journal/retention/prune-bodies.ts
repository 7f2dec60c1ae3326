import { bindByKey } from '../sql/read-by-key.ts'
import type { Sql } from '../sql/sql.ts'
import { hasStandingGrant, isOpen, isOpenAlert, isOwedOrHeld, isUnderLegalHold } from './is-needed.ts'

export type PruneStep = {
  /** The event after which this step goes on, by id; empty: from the first one. */
  after: string
  keepDays: number
  /** So many events are looked at. */
  rows: number
}

/** `last`: the last event that was looked at; null: what follows is too young, or there is nothing. */
export type PrunedEvents = { count: number; last: string | null }

/**
 * Deletes what senders sent, of some events that are older than this and over: the bodies, and of requests what people
 * wrote and are called. It goes over the events by their ids, which begin with their time. A body that several events
 * share stays while any of them is open, and what is about a person under legal hold stays until that is ended. Events of the hub's own say what it did, and stay whole until they are pruned.
 * A row that is locked is left for the next round.
 */
export function pruneBodies(sql: Sql, { after, keepDays, rows }: PruneStep): Promise<PrunedEvents> {
  return bindByKey(sql)(async (tx) => {
    const [row] = await tx<{ count: number; last: string | null; isOver: boolean }[]>`
      with seen as materialized (
        select id, received_at < now() - make_interval(days => ${keepDays}) as is_old
        from hub.event where id > ${after} order by id limit ${rows}
      ), old as materialized (
        select e.id from seen join hub.event e on e.id = seen.id
        where seen.is_old and e.source <> 'hub' and not ${isOpenAlert(tx)}
          and not exists (select 1 from hub.delivery d
            where d.event_id = e.id and (${isOpen(tx)} or ${hasStandingGrant(tx)} or ${isOwedOrHeld(tx)}))
          and not exists (select 1 from hub.event part join hub.delivery d on d.event_id = part.id
            where part.part_of = e.id and (${isOpen(tx)} or ${isOwedOrHeld(tx)}))
          and not ${isUnderLegalHold(tx)}
        for update of e skip locked
      ), bodies as (
        update hub.event e set data = null, raw = null from old
        where e.id = old.id and (e.data is not null or e.raw is not null) returning e.id
      ), locked as materialized (
        select d.id from old join hub.delivery d on d.event_id = old.id
        where d.request is not null and d.request #>> '{request,subject,email}' <> '' for update of d skip locked
      ), requests as (
        update hub.delivery d set request = hub.strip_request(d.request) from locked where d.id = locked.id
      ), grants as (
        update hub.access_grant g set request = hub.strip_request(g.request::json)::jsonb from locked
        where g.delivery_id = locked.id and g.ended_at is not null
      )
      select (select count(*) from bodies)::int as count, (select max(id) from seen) as last,
        (select coalesce(bool_or(not is_old), true) or count(*) < ${rows} from seen) as "isOver"`
    const { count, last, isOver } = row ?? { count: 0, last: null, isOver: true }
    return { count, last: isOver ? null : last }
  })()
}
