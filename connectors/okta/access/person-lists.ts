import { z } from 'zod'
import { MissingRightError } from '../../../src/index.ts'
import { toError } from '../org/errors.ts'
import { nextCursor } from '../org/paging.ts'
import type { Grantee } from './target-access.ts'
import { isAbsent } from './target-access.ts'

const mostPages = 50

/**
 * What Okta lists of a person: `groups`, or `appLinks`; nothing of somebody who is gone. The reading credential is
 * asked and not the granting one, which may not see what it cannot change (Okta docs: Users API: scope okta.users.read).
 */
export async function listOfPerson<T>(
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
      const error = toError(answer, `reading the ${list} of ${userId}`)
      // The credential reads people all the same: as a fault of its own it would pause the authority.
      throw answer.status === 403 ? new MissingRightError(`${error.message}. See connectors/okta/README.md.`) : error
    }
    const page = z.array(item).safeParse(answer.body)
    if (!page.success) throw new Error(`Okta answered something other than a list of ${list}`)
    items.push(...page.data)
    after = nextCursor(answer.headers)
    if (after === null) return items
  }
  throw new Error(`${userId} has more ${list} than are looked at (${mostPages} pages)`)
}

const group = z.object({ id: z.string() })

/** The ids of all groups that a person is in; none for somebody who is gone. */
export async function groupsOf(grantee: Grantee): Promise<Set<string>> {
  const groups = await listOfPerson('groups', group, grantee)
  return new Set(groups.map(({ id }) => id))
}
