import { z } from 'zod'
import type { Grantee } from './access.ts'
import { isAbsent, toGrantError } from './grant-error.ts'

const appUser = z.object({ scope: z.string().nullish(), status: z.string() })

/** The assignment is on record, and the application is closed to the person (Okta docs: Application Users API, status). */
const closed = ['DEPROVISIONED', 'INACTIVE', 'REVOKED', 'SUSPENDED', 'UNASSIGNED']

/** `scope`: by themselves, by a group, or not at all. `live`: it opens the application, now or once it is set up. */
export type Assignment = { scope: 'USER' | 'GROUP' | null; live: boolean }

/** Whether a person has an application, and what gave it to them. */
export async function assignmentOf(id: string, { client, signal, userId }: Grantee): Promise<Assignment> {
  const path = `/api/v1/apps/${id}/users/${encodeURIComponent(userId)}`
  const answer = await client.granter.get({ path, signal })
  if (!answer.ok) {
    if (isAbsent(answer)) return { scope: null, live: false }
    throw toGrantError(answer, { what: `looking whether ${userId} has the application ${id}`, absent: '' })
  }
  const found = appUser.safeParse(answer.body)
  if (!found.success) throw new Error('Okta answered something other than an application user')
  const { scope, status } = found.data
  return { scope: scope === 'GROUP' ? 'GROUP' : 'USER', live: !closed.includes(status) }
}
