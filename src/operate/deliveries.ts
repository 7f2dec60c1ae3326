import { UsageError } from '../core/errors.ts'
import { type DeliveryStatus, deliveryCodes } from '../core/outcome.ts'
import type { DeliveryKind } from '../core/queue.ts'
import type { DeliveryRow, Journal, PageFilter, StandingRow } from '../journal/index.ts'
import { completeId } from './one-id.ts'
import { findKnownPeople, makeUnknownPersonError } from './one-person.ts'

/** Which deliveries an operator wants to see, in the words that people use. All conditions hold at once. */
export type DeliveryQuery = {
  status?: DeliveryStatus
  kind?: DeliveryKind
  connector?: string
  /** An e-mail (also of a request), a login, an id or its beginning. */
  person?: string
  /** An event's id or its beginning, the id that its sender gave it, or a type; `user.lifecycle.*` is all that begin so. */
  event?: string
  /** What an inline hook was answered: one of `answerWords`. */
  answer?: string
  /**
   * A text: the beginning of an id, or of an e-mail or login under which a person was seen; or anything within an event's
   * type, a code, the last error, or the e-mail of a request.
   */
  search?: string
  /** ISO times: what came, or ended, at or after `since` and before `until`. */
  since?: string
  until?: string
  /** Ids: only older than the one, only newer than the other. */
  before?: string
  after?: string
  /** Only what came with a request for access, or ends what one got. */
  requests?: boolean
  /** Count resyncs and looks that changed nothing instead of listing them. */
  folds: boolean
  limit: number
  /** So many deliveries are looked at for a page where no index leads to those that fit; left out: 50,000. */
  examines?: number
}

/** `run`: the delivery whose run stands for a collapsed one. */
export type ListedDelivery = DeliveryRow & { run: Omit<StandingRow, 'of'> | null }

export type DeliveryPage = {
  /** The newest first. */
  deliveries: ListedDelivery[]
  /** How many resyncs and looks were folded into this count. */
  folded: number
  /** `before` of the next page; null: there is no more. */
  next: string | null
  /** The page is not full because only so many deliveries were looked at: older ones may fit. */
  bounded: boolean
  /** More people were seen under the text of a search than are looked at. */
  tooManyPeople: boolean
}

/** The answers to questions; that a grant or a revoke was done; and the codes of why something was not. */
export const answerWords: readonly string[] = [
  ...['approve', 'needs_approval', 'accept', 'reject', 'done'],
  ...deliveryCodes,
]

const mostPeople = 200

/**
 * Lists a page of deliveries, the newest first. People and events are resolved first, so that the page is found by
 * their indexes; see `findPage` for what is bounded.
 */
export async function listDeliveryPage(journal: Pick<Journal, 'records'>, query: DeliveryQuery): Promise<DeliveryPage> {
  const { filter, tooManyPeople } = await resolveFilter(journal, query)
  const { person } = query
  const page = await journal.records.findPage(filter)
  if (person !== undefined && page.ids.length === 0 && filter.person?.ids.length === 0)
    throw makeUnknownPersonError(person)
  const { ids, ...more } = page
  return { ...more, deliveries: await readDeliveries(journal, ids), tooManyPeople }
}

/** The filter of a query: the people and events that its words mean, as they are known now. */
export async function resolveFilter(
  journal: Pick<Journal, 'records'>,
  query: DeliveryQuery,
): Promise<{ filter: PageFilter; tooManyPeople: boolean }> {
  const { person, event, search, ...rest } = query
  const people =
    search === undefined ? [] : await journal.records.findPeopleSeenAs({ begin: search, limit: mostPeople + 1 })
  const filter: PageFilter = {
    ...rest,
    ...(person === undefined ? {} : { person: { ids: await findIds(journal, person), email: person } }),
    ...(event === undefined ? {} : await findEvent(journal, event)),
    ...(search === undefined ? {} : { search: { text: search, people: people.slice(0, mostPeople) } }),
  }
  return { filter, tooManyPeople: people.length > mostPeople }
}

/** Reads deliveries by their ids, in this order, with the runs that stand for those that were collapsed. */
export async function readDeliveries(
  journal: Pick<Journal, 'records'>,
  ids: readonly string[],
): Promise<ListedDelivery[]> {
  if (ids.length === 0) return []
  const rows = await journal.records.listDeliveries({ ids, limit: ids.length })
  const collapsed = rows.filter(({ collapsedInto }) => collapsedInto !== null).map(({ id }) => id)
  const standing = collapsed.length === 0 ? [] : await journal.records.findStanding(collapsed)
  const runs = new Map(standing.map(({ of, ...run }) => [of, run]))
  const byId = new Map(rows.map((row) => [row.id, { ...row, run: runs.get(row.id) ?? null }]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

async function findIds(journal: Pick<Journal, 'records'>, who: string): Promise<string[]> {
  return (await findKnownPeople(journal, who)).map(({ id }) => id)
}

/** An id of the hub's, or of the sender's; what is neither is a type, which has a dot. */
async function findEvent(
  journal: Pick<Journal, 'records'>,
  text: string,
): Promise<Pick<PageFilter, 'events' | 'type'>> {
  if (text.startsWith('evt_')) return { events: [await completeId(journal, text)] }
  const events = await journal.records.findEventsByKey(text)
  if (events.length > 0) return { events }
  if (text.includes('.') || text.endsWith('*')) return { type: text }
  throw new UsageError({
    what: `No event has the id "${text}", and it is no type.`,
    why: 'An event is named by evt_…, by the id that its sender gave it, or by its type.',
    fix: 'Write a type such as user.lifecycle.deactivate or user.lifecycle.*, or find it with --search.',
    code: 'unknown_event',
  })
}
