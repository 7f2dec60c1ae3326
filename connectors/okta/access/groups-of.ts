import { z } from 'zod'
import { listOfPerson } from '../people/list-of-person.ts'
import type { Grantee } from './access.ts'

const group = z.object({ id: z.string() })

/** The ids of all groups that a person is in; none for somebody who is gone. */
export async function groupsOf(grantee: Grantee): Promise<Set<string>> {
  const groups = await listOfPerson('groups', group, grantee)
  return new Set(groups.map(({ id }) => id))
}
