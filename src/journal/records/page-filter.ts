import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { AnySql } from '../sql/sql.ts'
import { isOnlyTrace, isRunning, isWithin } from './deliveries.ts'

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
  /** Only what came with a request for access, or ends what one got. */
  requests?: boolean
  /** ISO times: what came, or ended, at or after `since` and before `until`. */
  since?: string
  until?: string
  /** Ids: only older than the one, only newer than the other. */
  before?: string
  after?: string
  /** Leave out resyncs and looks that changed nothing, or have not begun. */
  folds: boolean
  limit: number
  /** So many deliveries are looked at for a page where no index leads to those that fit; left out: `mostExamined`. */
  examines?: number
}

/** A condition on the delivery `d`, its event `e` and, where it is asked for what is running, its lane `l`. */
export function isWanted(sql: AnySql, filter: PageFilter) {
  const { status, kind, connector, type, answer, person, search, requests, since, until } = filter
  const begin = type?.endsWith('*') ? type.slice(0, -1) : null
  return sql`(true
    ${status === undefined ? sql`` : status === 'running' ? sql`and ${isRunning(sql)}` : sql`and d.status = ${status}`}
    ${kind === undefined ? sql`` : sql`and (d.kind = ${kind} or ${kind === 'deprovision' ? isOnlyTrace(sql) : sql`false`})`}
    ${connector === undefined ? sql`` : sql`and d.connector = ${connector}`}
    ${person === undefined ? sql`` : sql`and (d.person = any(${[...person.ids]}) or ${wasAskedFor(sql, person.email)})`}
    ${type === undefined ? sql`` : begin === null ? sql`and e.type = ${type}` : sql`and starts_with(e.type, ${begin})`}
    ${answer === undefined ? sql`` : sql`and ${wasAnswered(sql, answer)}`}
    ${requests ? sql`and d.request is not null` : sql``}
    ${search === undefined ? sql`` : sql`and ${hasText(sql, search)}`}
    ${since === undefined && until === undefined ? sql`` : sql`and ${isWithin(sql, filter)}`})`
}

/** An inline hook asked it for somebody under this e-mail. Has an index. */
export function wasAskedFor(sql: AnySql, email: string) {
  return sql`(d.request is not null and ${askedEmail(sql)} = hub.fold_email(${email}))`
}

/** The expression of the index `delivery_asked_email`. */
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

/** A resync or a look, told by the hub itself, that changed nothing or has not begun. */
export function isRoutine(sql: AnySql) {
  return sql`(e.source = 'hub' and (e.type = 'hub.resync' or e.type like 'hub.verify.%')
    and (d.status in ('succeeded', 'no_match') or (d.status = 'pending' and d.attempts = 0))
    and not exists (select 1 from hub.attempt a
      where a.delivery_id = d.id and (a.changes <> '[]' or a.conflicts <> '[]')))`
}
