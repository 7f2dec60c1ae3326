import type { CallClass, TakeCalls } from '../../core/call-budget.ts'
import type { AnySql, Sql } from '../sql/sql.ts'

type Row = { granted: number; waitSeconds: number; sliceSeconds: number; isLimited: boolean }

/** Takes calls of a connector's vendor, and notes which were made beyond that and what the vendor said of its limit. */
export async function takeCalls(sql: Sql, question: Parameters<TakeCalls>[0]): Promise<Row> {
  const { connector, callClass, wanted, made, stated, seen } = question
  const [row] = await sql<Row[]>`
    select granted, wait_seconds as "waitSeconds", slice_seconds as "sliceSeconds", is_limited as "isLimited"
    from hub.take_calls(${connector}, ${callClass}, ${wanted}, ${[...made]}::int[], ${stated}::float8,
      ${seen === null ? null : JSON.stringify(seen)}::text::jsonb)`
  if (!row) throw new TypeError('hub.take_calls answers with one row.')
  return row
}

/** What is left of a vendor's limit, as the processes on this database know it together. */
export type CallBudgetRow = {
  connector: string
  /** What the vendor named: so many calls in so many seconds, how many of them are left. Null: it named none. */
  limit: number | null
  limitSeconds: number | null
  left: number | null
  /** What the operator or the connector allows, in calls a second; null: no more is said than the vendor says. */
  stated: number | null
  /** The vendor refused a call for its limit, and is left alone by what can wait until then. */
  emptiedUntil: string | null
  /** Which work was refused calls within the last five seconds. */
  waiting: CallClass[]
}

/** Lists the connectors that have a limit. */
export async function listCallBudgets(sql: AnySql): Promise<CallBudgetRow[]> {
  return sql<CallBudgetRow[]>`
    select c.id as connector, c.call_limit as limit, c.limit_seconds as "limitSeconds", case
        when c.call_limit is null then null
        when c.limit_resets_at <= now() then c.call_limit
        else greatest(0, c.calls_left) end as left,
      c.stated_limit as stated, case when c.emptied_until > now() then hub.iso_time(c.emptied_until) end as "emptiedUntil",
      (select coalesce(jsonb_agg(('{denial,opening,plan,bulk,background}'::text[])[r.class] order by r.class), '[]')
        from unnest(c.refused_at) with ordinality r (at, class)
        where r.at > now() - interval '5 seconds') as waiting
    from hub.connector c
    where c.call_limit is not null or c.stated_limit is not null or c.emptied_until > now() order by c.id`
}
