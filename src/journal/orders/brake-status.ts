import type { HeldDirection } from '../../core/change.ts'
import type { BrakeLimits } from '../../core/policy.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'
import { type ReasonedNote, recordOrder } from './operator-orders.ts'
import { readThreshold } from './pass-brake.ts'

type BrakeOrderRow = {
  id: string
  kind: 'release' | 'cancel' | 'expect'
  direction: HeldDirection | null
  person: string | null
  people: number
  until: string | null
  reason: string
  by: string
  at: string
}

/** What operators said of the brake, the newest first. */
export async function listBrakeOrders(sql: Sql, { limit }: { limit: number }): Promise<BrakeOrderRow[]> {
  return sql<BrakeOrderRow[]>`
    select id, kind, direction, person, people, until, reason, ordered_by as by, ordered_at as at
    from hub.brake_order order by ordered_at desc, id desc limit ${limit}`
}

type Expectation = ReasonedNote & { id: string; direction: HeldDirection; people: number; until: string }

/** Records a planned wave. It takes the place of the last one in its direction; one of no people ends that. */
export async function expectWave(sql: Sql, { id, direction, people, until, ...note }: Expectation): Promise<void> {
  await transaction(sql, async (tx) => {
    await tx`
      insert into hub.brake_order (id, kind, direction, people, until, reason, ordered_by)
      values (${id}, 'expect', ${direction}, ${people}, ${until}, ${note.reason}, ${note.by})`
    await recordOrder(tx, { ...note, id, kind: 'expect', about: [], facts: { direction, people, until } })
  })
}

export type BrakeGauge = {
  direction: HeldDirection
  /** Distinct people within the window who count. */
  counted: number
  /** A planned wave that is still on, and how many of it came. */
  expected: { people: number; came: number; until: string; reason: string; by: string } | null
}

export type BrakeStatus = { threshold: number; gauges: BrakeGauge[] }

/** Reads how many people count for the brake now, and how many it lets through. */
export async function readBrakeStatus(sql: AnySql, limits: BrakeLimits): Promise<BrakeStatus> {
  const gauges = await sql<BrakeGauge[]>`
    select d.direction,
      (select count(*)::int from hub.brake_reservation r where r.direction = d.direction and not r.expected
        and r.reserved_at >= now() - make_interval(secs => ${limits.minutes * 60})) as counted,
      (select case when o.until > now() and o.people > 0 then jsonb_build_object('people', o.people, 'until', hub.iso_time(o.until),
          'reason', o.reason, 'by', o.ordered_by, 'came', (
            select count(*) from hub.brake_reservation r
            where r.direction = d.direction and r.expected and r.reserved_at >= o.ordered_at
          )) end
        from hub.brake_order o where o.kind = 'expect' and o.direction = d.direction
        order by o.ordered_at desc, o.id desc limit 1) as expected
    from (values ('deny'), ('allow')) as d (direction)`
  return { threshold: await readThreshold(sql, limits), gauges: [...gauges] }
}

/** How many people the authorities have told this hub of; it counts no further than `most`. */
export async function countPeople(sql: AnySql, { most = null }: { most?: number | null } = {}): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (select 1 from hub.person where state is not null limit ${most}) known`
  return row?.count ?? 0
}
