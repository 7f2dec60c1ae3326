import { z } from 'zod'
import type { Grantee } from './access.ts'
import { listOfPerson } from './list-of-person.ts'

const group = z.object({ id: z.string() })

/** The ids of all groups that a person is in; none for somebody who is gone. */
export async function groupsOf(grantee: Grantee): Promise<Set<string>> {
  const groups = await listOfPerson('groups', group, grantee)
  return new Set(groups.map(({ id }) => id))
}
