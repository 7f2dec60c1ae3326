import type { Sql } from '../sql/sql.ts'
import { measureOldestDenial } from './stuck.ts'
import { readVerificationPace, type VerificationPace } from './verifications.ts'

type Measured = {
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
}

type MeasuredAll = Measured & { oldestDenialSeconds: number; verifications: VerificationPace[] }

/** What a monitor asks for. Finished deliveries are left out: counting them all would read the whole table. */
export async function measureQueue(sql: Sql): Promise<MeasuredAll> {
  const [row] = await sql<Measured[]>`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('status', status, 'count', count) order by status), '[]') from (
        select status, count(*)::int from hub.delivery
        where next_attempt_at is not null or status = 'pending'
          or status in ('failed', 'held', 'contradicted', 'no_match', 'uncertain')
        group by status
      ) counted) as deliveries,
      (select coalesce(extract(epoch from now() - min(next_at)), 0)::float8 from hub.lane where next_at <= now())
        as "oldestDueSeconds",
      (select count(*)::int from hub.owed where done_at is null) as owed,
      (select coalesce(jsonb_agg(id order by id), '[]') from hub.connector where paused_until is not null) as paused`
  const measured = row ?? { deliveries: [], oldestDueSeconds: 0, owed: 0, paused: [] }
  return {
    ...measured,
    oldestDenialSeconds: await measureOldestDenial(sql),
    verifications: await readVerificationPace(sql),
  }
}
