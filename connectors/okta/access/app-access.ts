import { z } from 'zod'
import { MissingRightError, PermanentError } from '../../../src/index.ts'
import { listOfPerson } from './person-lists.ts'
import type { Access, Grantee } from './target-access.ts'
import { isAbsent, toGrantError } from './target-access.ts'

const app = z.object({ name: z.string(), label: z.string() })

const appLink = z.object({ appInstanceId: z.string() })

/** Okta's own name of its Admin Console. */
const adminConsole = 'saasure'

/** "Deactivate application for user forbidden": a group gives the app too (Okta docs: error codes). */
const givenByGroup = 'E0000046'

/** Direct assignment of one application (Okta docs: Applications API; Application Users API). */
export const appAccess: Access = { check, give, take }

async function check(id: string, { client, signal }: Omit<Grantee, 'userId'>): Promise<string> {
  const absent = `Okta has no application ${id}, or the granting credential cannot see it. Correct OKTA_GRANTS.`
  const answer = await client.granter.get({ path: `/api/v1/apps/${id}`, signal })
  if (!answer.ok) throw toGrantError(answer, { what: `reading the application ${id}`, absent })
  const found = app.safeParse(answer.body)
  if (!found.success) throw new Error('Okta answered something other than an application')
  if (found.data.name !== adminConsole) return found.data.label
  const why = `The application ${id} is ${found.data.label}`
  throw new PermanentError(`${why}: the hub lets nobody into Okta's own administration. Take it out of OKTA_GRANTS.`)
}

/** Who has it through a group has it: a direct assignment on top could not be taken away again while the group gives it. */
async function give(id: string, grantee: Grantee): Promise<void> {
  if ((await assignmentOf(id, grantee)).live) return
  const { client, signal, userId } = grantee
  const body = { id: userId, scope: 'USER' }
  const answer = await client.granter.send({ path: `/api/v1/apps/${id}/users`, method: 'POST', body, signal })
  if (answer.ok) return
  const absent = `Okta no longer has the application ${id}, or nobody with the id ${userId}.`
  throw toGrantError(answer, { what: `assigning the application ${id} to ${userId}`, absent })
}

async function take(id: string, grantee: Grantee): Promise<void> {
  const assignment = await assignmentOf(id, grantee)
  if (assignment.scope === null) return checkGone(id, grantee)
  if (assignment.scope === 'GROUP') throw groupKeepsIt(id, grantee)
  const { client, signal, userId } = grantee
  const path = `/api/v1/apps/${id}/users/${encodeURIComponent(userId)}`
  const answer = await client.granter.send({ path, method: 'DELETE', signal })
  if (answer.ok || isAbsent(answer)) return
  if (answer.code === givenByGroup) throw groupKeepsIt(id, grantee)
  throw toGrantError(answer, { what: `taking the application ${id} from ${userId}`, absent: '' })
}

/**
 * "Not assigned" and "not for you to see" can be the same 404. Where the granting credential does not see the application
 * itself, what the person finds on their dashboard tells a deleted application from a hidden one.
 */
async function checkGone(id: string, grantee: Grantee): Promise<void> {
  const { client, signal, userId } = grantee
  const answer = await client.granter.get({ path: `/api/v1/apps/${id}`, signal })
  if (answer.ok) return
  if (!isAbsent(answer)) throw toGrantError(answer, { what: `reading the application ${id}`, absent: '' })
  const links = await listOfPerson('appLinks', appLink, grantee)
  if (!links.some(({ appInstanceId }) => appInstanceId === id)) return
  const why = `${userId} still has the application ${id}, and the granting credential cannot see it.`
  throw new MissingRightError(`${why} Put it back into the resource set of that credential's role.`)
}

/** No second try mends it; an operator reads this, and the try after theirs finds the application gone. */
function groupKeepsIt(id: string, { userId }: Grantee): PermanentError {
  const why = `${userId} still has the application ${id}: a group gives it, and Okta takes it from nobody while one does.`
  const fix = 'In Okta, take the person out of that group, or the application from the group. The hub goes on trying.'
  return new PermanentError(`${why} ${fix}`)
}

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
