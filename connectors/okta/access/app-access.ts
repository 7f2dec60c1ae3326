import { z } from 'zod'
import { MissingRightError, PermanentError } from '../../../src/index.ts'
import { isAbsent } from '../org/errors.ts'
import { closedAppStatuses, findAppIds } from '../org/person-lists.ts'
import { type Grantee, type TargetAccess, toGrantError } from './target-access.ts'

const app = z.object({ name: z.string(), label: z.string() })

/** Okta's internal name of the Okta Admin Console. */
const adminConsole = 'saasure'

/** "Deactivate application for user forbidden": a group gives the app too (Okta docs: error codes). */
const givenByGroup = 'E0000046'

/** Assigns one application to a person directly (Okta docs: Applications API; Application Users API). */
export const appAccess: TargetAccess = { check: checkApp, give: assignApp, take: unassignApp }

async function checkApp(id: string, { client, signal }: Omit<Grantee, 'userId'>): Promise<string> {
  const absent = `Okta has no application ${id}, or the granting credential cannot see it. Correct OKTA_GRANTS.`
  const answer = await client.granter.get({ path: `/api/v1/apps/${id}`, signal })
  if (!answer.ok) throw toGrantError(answer, { what: `reading the application ${id}`, absent })
  const found = app.safeParse(answer.body)
  if (!found.success) throw new Error('Okta answered something other than an application')
  if (found.data.name !== adminConsole) return found.data.label
  const why = `The application ${id} is ${found.data.label}`
  throw new PermanentError(`${why}: the hub lets nobody into Okta's own administration. Take it out of OKTA_GRANTS.`)
}

/**
 * A person who has the application through a group gets no direct assignment: Okta would not remove it while the group
 * gives the application too.
 */
async function assignApp(id: string, grantee: Grantee): Promise<void> {
  if ((await readAssignment(id, grantee)).live) return
  const { client, signal, userId } = grantee
  const body = { id: userId, scope: 'USER' }
  const answer = await client.granter.send({ path: `/api/v1/apps/${id}/users`, method: 'POST', body, signal })
  if (answer.ok) return
  const absent = `Okta no longer has the application ${id}, or nobody with the id ${userId}.`
  throw toGrantError(answer, { what: `assigning the application ${id} to ${userId}`, absent })
}

async function unassignApp(id: string, grantee: Grantee): Promise<void> {
  const assignment = await readAssignment(id, grantee)
  if (assignment.scope === null) return assertGone(id, grantee)
  if (assignment.scope === 'GROUP') throw toGroupError(id, grantee)
  const { client, signal, userId } = grantee
  const path = `/api/v1/apps/${id}/users/${encodeURIComponent(userId)}`
  const answer = await client.granter.send({ path, method: 'DELETE', signal })
  if (answer.ok || isAbsent(answer)) return
  if (answer.code === givenByGroup) throw toGroupError(id, grantee)
  throw toGrantError(answer, { what: `taking the application ${id} from ${userId}`, absent: '' })
}

/**
 * Okta answers the same 404 if the application is not assigned and if the credential may not see it. If the granting
 * credential does not see the application itself, the person's dashboard, read with the other credential, shows whether
 * the application was deleted or is only hidden.
 * @throws MissingRightError when the person still has it
 */
export async function assertGone(id: string, grantee: Grantee): Promise<void> {
  const { client, signal, userId } = grantee
  const answer = await client.granter.get({ path: `/api/v1/apps/${id}`, signal })
  if (answer.ok) return
  if (!isAbsent(answer)) throw toGrantError(answer, { what: `reading the application ${id}`, absent: '' })
  if (!(await findAppIds([id], grantee)).has(id)) return
  const why = `${userId} still has the application ${id}, and the granting credential cannot see it.`
  throw new MissingRightError(`${why} Put it back into the resource set of that credential's role.`)
}

/** Repetition alone does not help. An operator reads this, takes the person out of the group, and the next try is done. */
function toGroupError(id: string, { userId }: Grantee): PermanentError {
  const why = `${userId} still has the application ${id}: a group gives it, and Okta takes it from nobody while one does.`
  const fix = 'In Okta, take the person out of that group, or the application from the group. The hub goes on trying.'
  return new PermanentError(`${why} ${fix}`)
}

const appUser = z.object({ scope: z.string().nullish(), status: z.string() })

/** `scope`: assigned directly, through a group, or (null) not at all. `live`: opens the application now, or once it is set up. */
type Assignment = { scope: 'USER' | 'GROUP' | null; live: boolean }

/** Reads whether a person has an application, and through what. */
export async function readAssignment(id: string, { client, signal, userId }: Grantee): Promise<Assignment> {
  const path = `/api/v1/apps/${id}/users/${encodeURIComponent(userId)}`
  const answer = await client.granter.get({ path, signal })
  if (!answer.ok) {
    if (isAbsent(answer)) return { scope: null, live: false }
    throw toGrantError(answer, { what: `looking whether ${userId} has the application ${id}`, absent: '' })
  }
  const found = appUser.safeParse(answer.body)
  if (!found.success) throw new Error('Okta answered something other than an application user')
  const { scope, status } = found.data
  return { scope: scope === 'GROUP' ? 'GROUP' : 'USER', live: !closedAppStatuses.includes(status) }
}
