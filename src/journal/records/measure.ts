import { type CallBudgetRow, listCallBudgets } from '../queue/take-calls.ts'
import type { AnySql } from '../sql/sql.ts'
import { measureOldestDenial } from './stuck.ts'

type Measured = {
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
}

type VerificationTimes = {
  connector: string
  /** How long ago the latest look was, and how long ago that of the person was who was looked at the longest ago. */
  latestSeenSeconds: number | null
  oldestSeenSeconds: number | null
  /** By how much the look that waits longest is overdue. */
  lateSeconds: number
}

type MeasuredAll = Measured & {
  budgets: CallBudgetRow[]
  oldestDenialSeconds: number
  resyncs: { source: string; ageSeconds: number }[]
  verifications: VerificationTimes[]
}

/** What is set aside is counted so far: nobody acts on the rest of the number, and in years it would be millions. */
export const mostCounted = 1000

const setAside = ['failed', 'held', 'contradicted', 'no_match', 'uncertain'] as const

/**
 * What a monitor asks for. Finished deliveries are left out, and those that were set aside are counted to `mostCounted`
 * of a status: to count them all would take longer with each year. What is pending is counted whole.
 */
export async function measureQueue(sql: AnySql): Promise<MeasuredAll> {
  const counts = setAside.map(
    (status) => sql`
      union all select ${status}, count(*)::int
      from (select 1 from hub.delivery where status || '' = ${status} limit ${mostCounted}) known`,
  )
  const [row] = await sql<Measured[]>`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('status', status, 'count', count) order by status), '[]')
        from (
          select 'pending' as status, count(*)::int as count from hub.delivery where status = 'pending' ${counts}
        ) counted where count > 0) as deliveries,
      coalesce(extract(epoch from now() - hub.oldest_due()), 0)::float8 as "oldestDueSeconds",
      (select count(*)::int from hub.owed where done_at is null) as owed,
      (select coalesce(jsonb_agg(id order by id), '[]') from hub.connector where paused_until is not null) as paused`
  const measured = row ?? { deliveries: [], oldestDueSeconds: 0, owed: 0, paused: [] }
  const resyncs = await sql<MeasuredAll['resyncs']>`
    select id as source, greatest(extract(epoch from now() - resynced_to), 0)::float8 as "ageSeconds"
    from hub.source where resynced_to is not null order by id`
  const verifications = await readVerificationTimes(sql)
  const oldestDenialSeconds = await measureOldestDenial(sql)
  return { ...measured, oldestDenialSeconds, resyncs: [...resyncs], verifications, budgets: await listCallBudgets(sql) }
}

/** Goes from connector to connector in the index, and reads the ends of each: how many people there are does not matter. */
export async function readVerificationTimes(sql: AnySql): Promise<VerificationTimes[]> {
  const noted = sql`v.connector = c.connector and v.ids_at is not null`
  return sql<VerificationTimes[]>`
    with recursive c as (
      (select connector from hub.verification where ids_at is not null order by connector limit 1)
      union all
      select (select v.connector from hub.verification v where v.ids_at is not null and v.connector > c.connector
        order by v.connector limit 1)
      from c where c.connector is not null
    )
    select c.connector,
      extract(epoch from now() - (select max(v.seen_at) from hub.verification v where ${noted}))::float8 as "latestSeenSeconds",
      extract(epoch from now() - (select min(v.seen_at) from hub.verification v where ${noted}))::float8 as "oldestSeenSeconds",
      coalesce(greatest(extract(epoch from now() - (
        select min(v.due_at) from hub.verification v where v.connector = c.connector and v.due_at is not null)), 0), 0)::float8
        as "lateSeconds"
    from c where c.connector is not null order by c.connector`
}
