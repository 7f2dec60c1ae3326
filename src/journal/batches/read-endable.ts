import { isEndDue } from '../orders/end-grants.ts'
import type { AnySql } from '../sql/sql.ts'

/** A grant as far as it decides what its end would do. */
export type Endable = {
  id: string
  person: string
  connector: string
  /** The connector's own name of what was granted. */
  target: string
  label: string
  application: string
  until: string | null
  hadBefore: boolean
  /** It is over, or its end is due already. */
  isOver: boolean
  /** A grant that is none of these, and whose time is not over, gives them the same. */
  isGivenElsewhere: boolean
}

/** Reads grants as an order that ends all of them would find them. */
export async function readEndable(sql: AnySql, ids: readonly string[]): Promise<Endable[]> {
  return sql<Endable[]>`
    select g.id, g.person, g.connector, coalesce(g.permission ->> 'target', '') as target,
      coalesce(g.permission ->> 'label', '') as label, coalesce(g.request #>> '{request,application,label}', '') as application,
      g.until, g.had_before as "hadBefore", (g.ended_at is not null or ${isEndDue(sql)}) as "isOver",
      exists (
        select 1 from hub.access_grant o
        where o.person = g.person and o.connector = g.connector and o.ended_at is null and (o.until is null or o.until > now())
          and o.permission ->> 'target' = g.permission ->> 'target' and o.id <> all(${[...ids]})
      ) as "isGivenElsewhere"
    from hub.access_grant g where g.id = any(${[...ids]})`
}
