import type { Journal, ListedGrant } from '../journal/index.ts'
import { findKnownPeople, makeUnknownPersonError } from './one-person.ts'
import { findShown, type ShownDelivery, type ShownEvent } from './shown.ts'

export type GrantQuery = {
  /** An e-mail, a login, an id or its beginning. */
  person?: string
  connector?: string
  /** The connector's own name of what was granted. */
  target?: string
  state?: ListedGrant['state']
  /** An id: only older ones. */
  before?: string
  limit: number
}

/** `next`: `before` of the next page; null: there is no more. */
export type GrantPage = { grants: ListedGrant[]; next: string | null }

/** Lists a page of what was granted through the hub, the newest first. */
export async function listGrantsOf(
  journal: Pick<Journal, 'access' | 'records'>,
  { person, limit, ...filter }: GrantQuery,
): Promise<GrantPage> {
  const people = person === undefined ? undefined : (await findKnownPeople(journal, person)).map(({ id }) => id)
  if (person !== undefined && people?.length === 0) throw makeUnknownPersonError(person)
  const rows = await journal.access.listGrantPage({ ...filter, ...(people ? { people } : {}), limit: limit + 1 })
  const grants = rows.slice(0, limit)
  return { grants, next: rows.length > limit ? (grants.at(-1)?.id ?? null) : null }
}

/** A grant with the event that asked for it, and every delivery that gave it, read it back, or takes it away. */
export type ShownGrant = { grant: ListedGrant; events: ShownEvent[]; deliveries: ShownDelivery[] }

const nothingLeft: Pick<ShownGrant, 'events' | 'deliveries'> = { events: [], deliveries: [] }

/** Shows one grant from its request to its end, as far as the journal still has these; null: there is none of this id. */
export async function showGrant(
  journal: Pick<Journal, 'access' | 'orders' | 'queue' | 'records'>,
  id: string,
): Promise<ShownGrant | null> {
  const [grant] = await journal.access.listGrantPage({ id, limit: 1 })
  const trail = grant ? await journal.access.readGrantTrail(id) : null
  if (!grant || !trail) return null
  const { events, deliveries } = trail.event === null ? nothingLeft : await findShown(journal, trail.event)
  const known = new Set(deliveries.map((one) => one.id))
  const others = trail.ends.filter((one) => !known.has(one)).map(async (one) => findShown(journal, one))
  const ends = (await Promise.all(others)).flatMap((one) => one.deliveries)
  return { grant, events, deliveries: [...deliveries, ...ends] }
}
