import { makeBound } from '../../core/id.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { AnySql } from '../sql/sql.ts'
import { isOnlyTrace, isRunning } from './deliveries.ts'

/** Which deliveries a list has. All conditions hold at once. */
export type PageFilter = {
  status?: DeliveryStatus
  kind?: DeliveryKind
  connector?: string
  /** Of one of these people, or asked for under this e-mail by an inline hook. */
  person?: { ids: readonly string[]; email: string }
  events?: readonly string[]
  /** The event's type, or its beginning with a `*` at the end. */
  type?: string
  /** What an inline hook was answered: the word of a question's answer, `done`, or the code of why not. */
  answer?: string
  /** A text that the type, the code, the last error or the asked e-mail has in it, or with which an id begins; or one of these people's. */
  search?: { text: string; people: readonly string[] }
  /** ISO times: what came, or ended, at or after `since` and before `until`. */
  since?: string
  until?: string
  /** Ids: only older than the one, only newer than the other. */
  before?: string
  after?: string
  /** Leave out resyncs and looks that changed nothing, or have not begun. */
  folds: boolean
  limit: number
}

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

/** So many deliveries are looked at for one page where no index leads to those that fit. */
export const mostExamined = 50_000

/**
 * Finds a page of deliveries by keyset: ids sort by time, so that the primary key is the order of the list and holds the
 * cursor. People, events, ids and open or set-aside statuses are reached by their indexes; anything else is looked for
 * among the `mostExamined` newest before the cursor, and the page says so. Nothing is counted but what was passed over.
 */
export async function findPage(sql: AnySql, filter: PageFilter): Promise<FoundPage> {
  const rows = await sql<{ id: string }[]>`
    select d.id
    from (${selectCandidates(sql, filter)}) w ${joinByKey(sql, filter)}
    where ${isWanted(sql, filter)} ${filter.folds ? sql`and not ${isRoutine(sql)}` : sql``}
    order by w.id desc limit ${filter.limit}`
  const ids = rows.map(({ id }) => id)
  const last = ids.length < filter.limit ? await findEndOfWalk(sql, filter) : (ids.at(-1) ?? null)
  const bounded = ids.length < filter.limit && last !== null
  return { ids, next: last, bounded, folded: filter.folds ? await countFolded(sql, filter, last) : 0 }
}

/** `offset 0` keeps PostgreSQL from joining in another way, whatever it takes the sizes of the tables to be. */
function joinByKey(sql: AnySql, { status }: PageFilter) {
  return sql`
      cross join lateral (select * from hub.delivery where id = w.id offset 0) d
      cross join lateral (select * from hub.event where id = d.event_id offset 0) e
      ${status === 'running' ? sql`left join lateral (select * from hub.lane where key = d.lane offset 0) l on true` : sql``}`
}

/** Selects the ids among which it is looked, each by an index. */
function selectCandidates(sql: AnySql, filter: PageFilter) {
  const { person, events, search, status } = filter
  const within = (what: ReturnType<AnySql>) => sql`
    (select d.id from hub.delivery d where ${what} and ${isOnPage(sql, filter)} order by d.id desc offset 0)`
  if (events) return within(sql`d.event_id = any(${[...events]})`)
  if (person) {
    const known = within(sql`d.person = any(${[...person.ids]})`)
    return isEmail(person) ? sql`${known} union (${walk(sql, filter)})` : known
  }
  if (search) {
    const { text, people } = search
    const end = `${text}~`
    return sql`
      ${within(sql`d.person = any(${[...people]})`)}
      union ${within(sql`d.id >= ${text} and d.id < ${end} and ${text.startsWith('dlv_')}`)}
      union ${within(sql`d.event_id >= ${text} and d.event_id < ${end} and ${text.startsWith('evt_')}`)}
      union ${within(sql`d.person >= ${text} and d.person < ${end} and d.person is not null and ${text.startsWith('per_')}`)}
      union (${walk(sql, filter)})`
  }
  if (status === 'pending' || status === 'running') return within(sql`d.status = 'pending'`)
  if (isSetAside(status)) return within(sql`d.status = ${status}`)
  return walk(sql, filter)
}

/** Whether no index leads to all that fit, so that the newest are walked through. */
function isWalked({ events, status, person, search }: PageFilter): boolean {
  if (events) return false
  if (person) return isEmail(person)
  return search !== undefined || !(status === 'pending' || status === 'running' || isSetAside(status))
}

/** A request names an e-mail, and no index leads to it. */
function isEmail({ email }: NonNullable<PageFilter['person']>): boolean {
  return email.includes('@')
}

/** In the order of the key, and lazily: the walk ends as soon as the page is full. */
function walk(sql: AnySql, filter: PageFilter) {
  return sql`
    select d.id from hub.delivery d where ${isOnPage(sql, filter)} order by d.id desc limit ${mostExamined}`
}

const setAside: readonly DeliveryStatus[] = ['failed', 'held', 'contradicted', 'no_match', 'uncertain']

function isSetAside(status: DeliveryStatus | undefined): status is DeliveryStatus {
  return status !== undefined && setAside.includes(status)
}

/** What came after `until` did not end before it either. Ids bear the time of a hub's clock, which may differ a little. */
function isOnPage(sql: AnySql, { before, after, until }: PageFilter) {
  const end = until === undefined ? undefined : makeBound('dlv', Date.parse(until) + clockSkewMs)
  return sql`(true
    ${before === undefined ? sql`` : sql`and d.id < ${before}`}
    ${end === undefined ? sql`` : sql`and d.id < ${end}`}
    ${after === undefined ? sql`` : sql`and d.id > ${after}`})`
}

const clockSkewMs = 60_000

function isWanted(sql: AnySql, filter: PageFilter) {
  const { status, kind, connector, type, answer, person, search, since, until } = filter
  const begin = type?.endsWith('*') ? type.slice(0, -1) : null
  return sql`(true
    ${status === undefined ? sql`` : status === 'running' ? sql`and ${isRunning(sql)}` : sql`and d.status = ${status}`}
    ${kind === undefined ? sql`` : sql`and (d.kind = ${kind} or ${kind === 'deprovision' ? isOnlyTrace(sql) : sql`false`})`}
    ${connector === undefined ? sql`` : sql`and d.connector = ${connector}`}
    ${person === undefined ? sql`` : sql`and (d.person = any(${[...person.ids]}) or ${askedEmail(sql)} = hub.fold_email(${person.email}))`}
    ${type === undefined ? sql`` : begin === null ? sql`and e.type = ${type}` : sql`and starts_with(e.type, ${begin})`}
    ${answer === undefined ? sql`` : sql`and ${wasAnswered(sql, answer)}`}
    ${search === undefined ? sql`` : sql`and ${hasText(sql, search)}`}
    ${since === undefined && until === undefined ? sql`` : sql`and ${isWithin(sql, filter)}`})`
}

function askedEmail(sql: AnySql) {
  return sql`hub.fold_email(d.request #>> '{request,subject,email}')`
}

function hasText(sql: AnySql, { text, people }: NonNullable<PageFilter['search']>) {
  // Letters are folded as in e-mails, which a text may hold.
  const folded = sql`hub.fold_email(${text})`
  return sql`(d.person = any(${[...people]}) or starts_with(d.id, ${text}) or starts_with(d.event_id, ${text})
    or starts_with(d.person, ${text}) or strpos(hub.fold_email(e.type), ${folded}) > 0 or strpos(d.code, ${folded}) > 0
    or strpos(hub.fold_email(d.last_error), ${folded}) > 0 or strpos(${askedEmail(sql)}, ${folded}) > 0)`
}

function wasAnswered(sql: AnySql, answer: string) {
  return sql`(d.request is not null and (d.answer ->> 'answer' = ${answer} or d.code = ${answer}
    or (${answer} = 'done' and d.status = 'succeeded' and d.kind in ('provision', 'deprovision', 'resolve'))))`
}

/** It came or it ended within the period: a failure is looked for by when it ended, what waits by when it came. */
function isWithin(sql: AnySql, { since, until }: Pick<PageFilter, 'since' | 'until'>) {
  const from = since === undefined ? sql`'-infinity'` : sql`${since}`
  const to = until === undefined ? sql`'infinity'` : sql`${until}`
  return sql`((d.created_at >= ${from} and d.created_at < ${to}) or (d.settled_at >= ${from} and d.settled_at < ${to}))`
}

/** A resync or a look, told by the hub itself, that changed nothing or has not begun. */
function isRoutine(sql: AnySql) {
  return sql`(e.source = 'hub' and (e.type = 'hub.resync' or e.type like 'hub.verify.%')
    and (d.status in ('succeeded', 'no_match') or (d.status = 'pending' and d.attempts = 0))
    and not exists (select 1 from hub.attempt a
      where a.delivery_id = d.id and (a.changes <> '[]' or a.conflicts <> '[]')))`
}

/** The id at which the walk ended though there is more behind it; null: it came to the end, or there was none. */
async function findEndOfWalk(sql: AnySql, filter: PageFilter): Promise<string | null> {
  if (!isWalked(filter)) return null
  const [row] = await sql<{ id: string }[]>`
    select id from (${walk(sql, filter)}) w order by id desc offset ${mostExamined - 1} limit 1`
  return row?.id ?? null
}

async function countFolded(sql: AnySql, filter: PageFilter, last: string | null): Promise<number> {
  const shown = last === null ? filter : { ...filter, after: last }
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (${selectCandidates(sql, shown)}) w ${joinByKey(sql, shown)}
    where ${isWanted(sql, filter)} and ${isRoutine(sql)}`
  return row?.count ?? 0
}

/** Finds people who were seen under something that begins with a text, letter case aside: a range of an index. */
export async function findPeopleSeenAs(
  sql: AnySql,
  { begin, limit }: { begin: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ person: string }[]>`
    select distinct person from hub.sighting
    where hub.fold_email(value) collate "C" >= hub.fold_email(${begin}) collate "C"
      and hub.fold_email(value) collate "C" < (hub.fold_email(${begin}) || chr(1114111)) collate "C"
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
