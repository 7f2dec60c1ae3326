import { z } from 'zod'
import { errorMessage, MissingRightError, type ParsedList, parseList } from '../../../src/index.ts'
import type { OktaClient } from './client.ts'
import { isAbsent, toHubError } from './errors.ts'
import { nextCursor } from './paging.ts'

/** Whose lists are read, with the hub's own credential. */
type Reader = { client: OktaClient; signal: AbortSignal; userId: string }

/** Statuses of an assignment that does not open the application to the person (Okta docs: Application Users API, status). */
export const closedAppStatuses: readonly string[] = ['DEPROVISIONED', 'INACTIVE', 'REVOKED', 'SUSPENDED', 'UNASSIGNED']

const mostPages = 50

const group = z.object({ id: z.string() })
const appLink = z.object({ appInstanceId: z.string() })

/** Tells which of these groups a person is in; in none, if the person is gone. */
export async function findGroupIds(wanted: readonly string[], reader: Reader): Promise<Set<string>> {
  const { items, odd } = await readList('groups', group, reader)
  return choose(
    wanted,
    items.map(({ id }) => id),
    { odd, list: 'groups' },
  )
}

/** Tells which of these applications are on a person's dashboard; none, if the person is gone. */
export async function findAppIds(wanted: readonly string[], reader: Reader): Promise<Set<string>> {
  const { items, odd } = await readList('appLinks', appLink, reader)
  return choose(
    wanted,
    items.map(({ appInstanceId }) => appInstanceId),
    { odd, list: 'appLinks' },
  )
}

/** An entry that cannot be made out hides nothing that was found, but may be what was not. */
function choose(wanted: readonly string[], ids: readonly string[], { odd, list }: { odd: number; list: string }) {
  const found = new Set(wanted.filter((id) => ids.includes(id)))
  if (odd === 0 || found.size === new Set(wanted).size) return found
  throw new Error(
    `Okta's list of ${list} has ${odd} entries that cannot be made out: whether the rest is there is not known`,
  )
}

/**
 * Reads with the hub's own credential (Okta docs: Users API: scope okta.users.read), because the granting one may not
 * see objects that it cannot change.
 */
async function readList<T>(
  list: 'groups' | 'appLinks',
  item: z.ZodType<T>,
  { client, signal, userId }: Reader,
): Promise<ParsedList<T>> {
  const path = `/api/v1/users/${encodeURIComponent(userId)}/${list}`
  const items: T[] = []
  let odd = 0
  let after: string | null = null
  for (let pages = 0; pages < mostPages; pages++) {
    const answer = await client.get({ path, query: after === null ? {} : { after }, signal })
    if (!answer.ok) {
      if (isAbsent(answer)) return { items: [], odd: 0 }
      const error = toHubError(answer, `reading the ${list} of ${userId}`)
      // The credential can still read people. A `CredentialError` would pause the connector, and the authority with it.
      throw answer.status === 403
        ? new MissingRightError(`${errorMessage(error)}. See connectors/okta/README.md.`)
        : error
    }
    const page = parseList(item, answer.body)
    if (page === null) throw new Error(`Okta answered something other than a list of ${list}`)
    items.push(...page.items)
    odd += page.odd
    after = nextCursor(answer.headers)
    if (after === null) return { items, odd }
  }
  throw new Error(`${userId} has more ${list} than are looked at (${mostPages} pages)`)
}
