import { z } from 'zod'
import type { Grantee } from './access.ts'
import { toError } from './errors.ts'
import { isAbsent } from './grant-error.ts'
import { nextCursor } from './next-cursor.ts'

const page = z.array(z.object({ id: z.string() }))
const mostPages = 50

/**
 * The ids of all groups that a person is in; none for somebody who is gone. The reading credential is asked and not the
 * granting one: it sees all groups, where the other would leave out what it must not change (Okta docs: Users API, list
 * all groups: scope okta.users.read).
 */
export async function groupsOf({ client, signal, userId }: Grantee): Promise<Set<string>> {
  const path = `/api/v1/users/${encodeURIComponent(userId)}/groups`
  const ids = new Set<string>()
  let after: string | null = null
  for (let pages = 0; pages < mostPages; pages++) {
    const answer = await client.get({ path, query: after === null ? {} : { after }, signal })
    if (!answer.ok) {
      if (isAbsent(answer)) return new Set()
      throw toError(answer, `reading the groups of ${userId}`)
    }
    const read = page.safeParse(answer.body)
    if (!read.success) throw new Error('Okta answered something other than a list of groups')
    for (const { id } of read.data) ids.add(id)
    after = nextCursor(answer.headers)
    if (after === null) return ids
  }
  throw new Error(`${userId} is in more groups than are looked at (${mostPages} pages)`)
}
