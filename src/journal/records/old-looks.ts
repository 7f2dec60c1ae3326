import { looks, verifyTypeOf } from '../../core/verification.ts'
import type { Sql } from '../sql/sql.ts'

type PruneQuestion = {
  /** The person after whom this step goes on, by id; empty: from the first one. */
  after: string
  keepDays: number
  people: number
  rows: number
}

/** `last`: the last person of this step; null: there was none left. `isFull`: there may be more of these people's. */
export type Pruned = { count: number; last: string | null; isFull: boolean }

const types = looks.map(verifyTypeOf)

/**
 * Deletes looks that are older than this and found all as it should be: event, delivery and attempt. When a person was
 * seen last stays in `hub.verification`. Whatever changed, found or ended anything stays for ever, and what another
 * delivery points to; so does what is of a person under legal hold. It goes over the people who were ever looked at, some at a time, by the index of a person's
 * deliveries; a row that somebody else has locked is left for the next round.
 */
export async function pruneLooks(sql: Sql, { after, keepDays, people, rows }: PruneQuestion): Promise<Pruned> {
  const [row] = await sql<{ count: number; last: string | null }[]>`
    with looked as materialized (
      select distinct person from hub.verification where person > ${after} order by person limit ${people}
    ), old as materialized (
      select d.id, d.event_id from looked join hub.delivery d on d.person = looked.person
      where d.created_at < now() - make_interval(days => ${keepDays})
        and d.kind = 'sync' and d.status = 'succeeded' and d.next_attempt_at is null
        and exists (select 1 from hub.event e where e.id = d.event_id and e.source = 'hub' and e.type = any(${types}))
        and not exists (select 1 from hub.legal_hold l where l.person = looked.person)
        and not exists (select 1 from hub.delivery o where o.collapsed_into = d.id)
        and not exists (select 1 from hub.attempt a where a.delivery_id = d.id
          and not (a.outcome = 'succeeded' and a.error is null and a.changes = '[]' and a.conflicts = '[]'))
        and not exists (select 1 from hub.access_grant g
          where g.ended_at between d.created_at and d.settled_at and g.ended_by = d.id)
      limit ${rows}
      for update of d skip locked
    ), deleted as (
      delete from hub.delivery d using old where d.id = old.id returning d.id
    ), tries as (
      delete from hub.attempt a using old where a.delivery_id = old.id
    ), events as (
      delete from hub.event e using old where e.id = old.event_id
    )
    select (select count(*) from deleted)::int as count, (select max(person) from looked) as last`
  const { count, last } = row ?? { count: 0, last: null }
  return { count, last, isFull: count >= rows }
}
