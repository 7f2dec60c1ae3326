import { z } from 'zod'
import { errorMessage, MissingRightError } from '../../../src/index.ts'
import { isAbsent, toHubError } from '../org/errors.ts'
import { nextCursor } from '../org/paging.ts'
import type { Grantee } from './target-access.ts'

const mostPages = 50

const group = z.object({ id: z.string() })
const appLink = z.object({ appInstanceId: z.string() })

/** Lists the ids of all groups that a person is in; none for a person who is gone. */
export async function listGroupIds(grantee: Grantee): Promise<Set<string>> {
  const groups = await readList('groups', group, grantee)
  return new Set(groups.map(({ id }) => id))
}

/** Lists the ids of the applications on a person's dashboard; none for a person who is gone. */
export async function listAppIds(grantee: Grantee): Promise<Set<string>> {
  const links = await readList('appLinks', appLink, grantee)
  return new Set(links.map(({ appInstanceId }) => appInstanceId))
}

/**
 * Reads with the hub's own credential (Okta docs: Users API: scope okta.users.read), because the granting one may not
 * see objects that it cannot change.
 */
async function readList<T>(
  list: 'groups' | 'appLinks',
  item: z.ZodType<T>,
  { client, signal, userId }: Grantee,
): Promise<T[]> {
  const path = `/api/v1/users/${encodeURIComponent(userId)}/${list}`
  const items: T[] = []
  let after: string | null = null
  for (let pages = 0; pages < mostPages; pages++) {
    const answer = await client.get({ path, query: after === null ? {} : { after }, signal })
    if (!answer.ok) {
      if (isAbsent(answer)) return []
      const error = toHubError(answer, `reading the ${list} of ${userId}`)
      // The credential can still read people. A `CredentialError` would pause the connector, and the authority with it.
      throw answer.status === 403
        ? new MissingRightError(`${errorMessage(error)}. See connectors/okta/README.md.`)
        : error
    }
    const page = z.array(item).safeParse(answer.body)
    if (!page.success) throw new Error(`Okta answered something other than a list of ${list}`)
    items.push(...page.data)
    after = nextCursor(answer.headers)
    if (after === null) return items
  }
  throw new Error(`${userId} has more ${list} than are looked at (${mostPages} pages)`)
}
