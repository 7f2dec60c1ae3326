import type { AnySql } from '../sql/sql.ts'
import { isRoutine, isWanted, type PageFilter } from './page-filter.ts'
import { listPaths, mostExamined, type Path, type Step } from './page-paths.ts'

export type { PageFilter } from './page-filter.ts'
export { mostExamined } from './page-paths.ts'

export type FoundPage = {
  /** The newest first. */
  ids: string[]
  /** How many resyncs and looks were left out between the first and the last. */
  folded: number
  /** The id below which the next page begins; null: there is no more. */
  next: string | null
  /** True when it was looked at so many deliveries without filling the page: older ones may fit. */
  bounded: boolean
}

/**
 * Finds a page of deliveries by keyset: ids sort by time, so that the primary key is the order of the list and holds the
 * cursor. Where no index leads to those that fit, the `mostExamined` newest before the cursor, or as many as the filter says, are looked at, each once,
 * and the page says so. It goes in steps, each larger than the one before, and ends with the one that fills the page.
 */
export async function findPage(sql: AnySql, filter: PageFilter): Promise<FoundPage> {
  const page: FoundPage = { ids: [], folded: 0, next: null, bounded: false }
  let before = filter.before
  let size = Math.max(2 * filter.limit, smallestStep)
  for (const { most, select } of listPaths(sql, filter)) {
    let left = most
    while (left > 0) {
      const step = { before, size: Math.min(size, left, largestStep), wanted: filter.limit - page.ids.length }
      const { ids, folded, examined, last } = await readStep(sql, filter, { ...step, select })
      page.ids.push(...ids)
      page.folded += folded
      if (page.ids.length === filter.limit) return { ...page, next: page.next ?? ids.at(-1) ?? null }
      if (examined < step.size) return page
      left -= examined
      before = last ?? before
      size *= 4
    }
    // Whatever another path leads to is older. The next page begins where this one was no longer looked at.
    page.bounded = true
    page.next = before ?? null
  }
  return page
}

const smallestStep = 100
const largestStep = mostExamined

type Found = { ids: string[]; folded: number; examined: number; last: string | null }

type StepQuestion = Step & Pick<Path, 'select'> & { wanted: number }

/**
 * Looks at the next deliveries of a path: how many they were, which the last, which fit, and how many were folded before
 * the last that is wanted. `offset 0` keeps PostgreSQL from joining in another way than row by row, whatever it takes the
 * sizes of the tables to be.
 */
async function readStep(sql: AnySql, filter: PageFilter, { select, wanted, ...step }: StepQuestion): Promise<Found> {
  const routine = filter.folds ? isRoutine(sql) : sql`false`
  const running = sql`left join lateral (select * from hub.lane where key = d.lane offset 0) l on true`
  const [row] = await sql<Found[]>`
    with candidate as materialized (${select(step)}),
    judged as materialized (
      select d.id, ${routine} as routine from candidate c
        cross join lateral (select * from hub.delivery where id = c.id offset 0) d
        cross join lateral (select * from hub.event where id = d.event_id offset 0) e
        ${filter.status === 'running' ? running : sql``}
      where ${isWanted(sql, filter)}
    ),
    shown as materialized (select id from judged where not routine order by id desc limit ${wanted})
    select (select count(*) from candidate)::int as examined, (select min(id) from candidate) as last,
      (select coalesce(jsonb_agg(id order by id desc), '[]') from shown) as ids,
      (select count(*) from judged where routine and ((select count(*) from shown) < ${wanted}
        or id > (select min(id) from shown)))::int as folded`
  return row ?? { ids: [], folded: 0, examined: 0, last: null }
}

/** Finds people who were seen under something that begins with a text, letter case aside: a range of an index. */
export async function findPeopleSeenAs(
  sql: AnySql,
  { begin, limit }: { begin: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ person: string }[]>`
    select distinct person from hub.sighting
    where hub.fold_email(value) ~>=~ hub.fold_email(${begin})
      and hub.fold_email(value) ~<~ (hub.fold_email(${begin}) || chr(1114111))
    limit ${limit}`
  return rows.map(({ person }) => person)
}

/** The delivery whose run stands for a collapsed one, however many were collapsed in between. */
export type StandingRow = { of: string; id: string; attempts: number; nextAttemptAt: string | null }

/** Finds for each of these collapsed deliveries the one that stands for it. */
export async function findStanding(sql: AnySql, ids: readonly string[]): Promise<StandingRow[]> {
  return sql<StandingRow[]>`
    with recursive chain as (
      select id as of, collapsed_into as id, 1 as steps from hub.delivery
      where id = any(${[...ids]}) and collapsed_into is not null
      union all
      select c.of, d.collapsed_into, c.steps + 1 from chain c join hub.delivery d on d.id = c.id
      where d.collapsed_into is not null and c.steps < 50
    )
    select distinct on (c.of) c.of, d.id, d.attempts, d.next_attempt_at as "nextAttemptAt"
    from chain c join hub.delivery d on d.id = c.id order by c.of, c.steps desc`
}
