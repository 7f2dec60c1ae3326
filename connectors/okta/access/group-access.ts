import { z } from 'zod'
import { PermanentError } from '../../../src/index.ts'
import type { Access, Grantee } from './target-access.ts'
import { isAbsent, toGrantError } from './target-access.ts'

const group = z.object({ type: z.string(), profile: z.object({ name: z.string() }) })
const roles = z.array(z.object({ type: z.string() }))

/** Membership of one group (Okta docs: Groups API; group role assignments). */
export const groupAccess: Access = { check, give, take }

/**
 * Okta lets members of `OKTA_GROUP` alone be changed: others belong to a directory, or hold everybody. And a group that
 * carries an administrator role would make the person an administrator. It may have been given one since yesterday, so
 * nothing is remembered.
 */
async function check(id: string, { client, signal }: Omit<Grantee, 'userId'>): Promise<string> {
  const absent = `Okta has no group ${id}, or the granting credential cannot see it. Correct OKTA_GRANTS.`
  const found = await client.granter.get({ path: `/api/v1/groups/${id}`, signal })
  if (!found.ok) throw toGrantError(found, { what: `reading the group ${id}`, absent })
  const { type, profile } = readAs(group, found.body, 'a group')
  if (type !== 'OKTA_GROUP') {
    const why = `The group ${profile.name} (${id}) is of the type ${type}`
    throw new PermanentError(`${why}, whose members Okta lets nobody change. Take it out of OKTA_GRANTS.`)
  }
  const carried = await client.granter.get({ path: `/api/v1/groups/${id}/roles`, signal })
  if (!carried.ok) throw toGrantError(carried, { what: `reading the administrator roles of the group ${id}`, absent })
  const [role] = readAs(roles, carried.body, 'a list of roles')
  if (role === undefined) return profile.name
  const why = `The group ${profile.name} (${id}) carries an administrator role (${role.type})`
  throw new PermanentError(`${why}: the hub makes nobody an administrator. Take it out of OKTA_GRANTS.`)
}

async function give(id: string, grantee: Grantee): Promise<void> {
  const answer = await grantee.client.granter.send({ ...membership(id, grantee), method: 'PUT' })
  if (answer.ok) return
  const absent = `Okta no longer has the group ${id}, or nobody with the id ${grantee.userId}.`
  throw toGrantError(answer, { what: `adding ${grantee.userId} to the group ${id}`, absent })
}

async function take(id: string, grantee: Grantee): Promise<void> {
  const answer = await grantee.client.granter.send({ ...membership(id, grantee), method: 'DELETE' })
  if (answer.ok || isAbsent(answer)) return
  throw toGrantError(answer, { what: `removing ${grantee.userId} from the group ${id}`, absent: '' })
}

function membership(id: string, { userId, signal }: Grantee) {
  return { path: `/api/v1/groups/${id}/users/${encodeURIComponent(userId)}`, signal }
}

function readAs<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const read = schema.safeParse(body)
  // Not the parser's own error: the hub takes that for a fault that no second try can mend.
  if (!read.success) throw new Error(`Okta answered something other than ${what}`)
  return read.data
}
