import type { PendingQuery, Row } from 'postgres'
import { makeBound } from '../../core/id.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { AnySql } from '../sql/sql.ts'
import { type PageFilter, wasAskedFor } from './page-filter.ts'

/** A part of a statement. */
type Part = PendingQuery<Row[]>

/** Ids: only older than `before`. So many at most. */
export type Step = { before: string | undefined; size: number }

/** One way to the deliveries that a list may have. */
export type Path = {
  /** So many deliveries are looked at on this path. Endless where an index leads to those that fit. */
  most: number
  /** Selects the ids of a step, the newest `size` before its cursor. */
  select(step: Step): Part
}

/** So many deliveries are looked at for one page where no index leads to those that fit. */
export const mostExamined = 50_000

/** The beginning of an id leads to so many deliveries beyond the newest that a search looks at. */
const mostBegun = 1000

/**
 * Lists the paths to what a list may have, each by an index, in the order in which they are gone. People, events, ids and
 * open or set-aside statuses are led to; anything else is walked to through the newest deliveries, in the order of the key.
 */
export function listPaths(sql: AnySql, filter: PageFilter): Path[] {
  const { person, events, search, status } = filter
  if (events) return lead(sql, filter, [sql`d.event_id = any(${[...events]})`])
  if (person) {
    // A request names an e-mail, and nothing else that somebody is asked for by.
    const asked = person.email.includes('@') ? [wasAskedFor(sql, person.email)] : []
    return lead(sql, filter, [...isOf(sql, person.ids), ...asked])
  }
  if (search) return [walk(sql, filter), ...leadToSearched(sql, filter, search)]
  if (status === 'pending' || status === 'running') return lead(sql, filter, [sql`d.status = 'pending'`])
  // The index `delivery_set_aside_by_id` is by this expression, and has the ids of a status in their order.
  if (isSetAside(status)) return [walk(sql, filter, sql`d.status || '' = ${status}`, Number.POSITIVE_INFINITY)]
  return [walk(sql, filter)]
}

const setAside: readonly DeliveryStatus[] = ['failed', 'held', 'contradicted', 'no_match', 'uncertain']

function isSetAside(status: DeliveryStatus | undefined): status is DeliveryStatus {
  return status !== undefined && setAside.includes(status)
}

/** In the order of an index, and lazily: a step ends when it has its ids. */
function walk(sql: AnySql, filter: PageFilter, where: Part = sql`true`, most = filter.examines ?? mostExamined): Path {
  return {
    most,
    select: (step) => sql`
      select d.id from hub.delivery d where ${where} and ${isOnPage(sql, filter, step)} order by d.id desc limit ${step.size}`,
  }
}

/** What these conditions lead to is read whole; `offset 0` keeps PostgreSQL from looking for it in the order of the key. */
function lead(sql: AnySql, filter: PageFilter, conditions: readonly Part[]): Path[] {
  if (conditions.length === 0) return []
  const path: Path = {
    most: Number.POSITIVE_INFINITY,
    select: (step) => {
      const led = conditions.map(
        (one, i) => sql`
          ${i === 0 ? sql`` : sql`union`} (select d.id from hub.delivery d where ${one} and ${isOnPage(sql, filter, step)} offset 0)`,
      )
      return sql`select id from (${led}) led order by id desc limit ${step.size}`
    },
  }
  return [path]
}

/** Of nobody there is nothing, and no index leads to that. */
function isOf(sql: AnySql, people: readonly string[]): Part[] {
  return people.length === 0 ? [] : [sql`d.person = any(${[...people]})`]
}

/** Older than what was walked through: what is of these people, and what has an id that begins with the text. */
function leadToSearched(sql: AnySql, filter: PageFilter, { text, people }: NonNullable<PageFilter['search']>): Path[] {
  const columns = { dlv_: 'id', evt_: 'event_id', per_: 'person' } as const
  const begun = Object.entries(columns).filter(([prefix]) => text.startsWith(prefix))
  const conditions = begun.map(([, name]) => {
    const column = sql(name)
    return sql`d.id = any(array(select id from hub.delivery where ${column} >= ${text} and ${column} < ${`${text}~`}
      and ${column} is not null order by ${column} desc limit ${mostBegun}))`
  })
  return lead(sql, filter, [...isOf(sql, people), ...conditions])
}

/** What came after `until` did not end before it either. Ids bear the time of a hub's clock, which may differ a little. */
function isOnPage(sql: AnySql, { after, until }: PageFilter, { before }: Step) {
  const end = until === undefined ? undefined : makeBound('dlv', Date.parse(until) + clockSkewMs)
  return sql`(true
    ${before === undefined ? sql`` : sql`and d.id < ${before}`}
    ${end === undefined ? sql`` : sql`and d.id < ${end}`}
    ${after === undefined ? sql`` : sql`and d.id > ${after}`})`
}

const clockSkewMs = 60_000
