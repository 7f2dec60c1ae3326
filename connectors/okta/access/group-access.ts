import { z } from 'zod'
import { PermanentError } from '../../../src/index.ts'
import { isAbsent } from '../org/errors.ts'
import { type Grantee, type TargetAccess, toGrantError } from './target-access.ts'

const group = z.object({ type: z.string(), profile: z.object({ name: z.string() }) })
const roles = z.array(z.object({ type: z.string() }))

/** Makes a person a member of one group (Okta docs: Groups API; group role assignments). */
export const groupAccess: TargetAccess = { check: checkGroup, give: addMember, take: removeMember }

/**
 * The type must be `OKTA_GROUP`: Okta does not let members of other types be changed (of a directory's groups, of
 * Everyone). And the group must not have an administrator role, which would make the person an administrator. Roles can
 * be given to a group at any time, so that this is read before every grant and not remembered.
 */
async function checkGroup(id: string, { client, signal }: Omit<Grantee, 'userId'>): Promise<string> {
  const absent = `Okta has no group ${id}, or the granting credential cannot see it. Correct OKTA_GRANTS.`
  const found = await client.granter.get({ path: `/api/v1/groups/${id}`, signal })
  if (!found.ok) throw toGrantError(found, { what: `reading the group ${id}`, absent })
  const { type, profile } = parseAs(group, found.body, 'a group')
  if (type !== 'OKTA_GROUP') {
    const why = `The group ${profile.name} (${id}) is of the type ${type}`
    throw new PermanentError(`${why}, whose members Okta lets nobody change. Take it out of OKTA_GRANTS.`)
  }
  const carried = await client.granter.get({ path: `/api/v1/groups/${id}/roles`, signal })
  if (!carried.ok) throw toGrantError(carried, { what: `reading the administrator roles of the group ${id}`, absent })
  const [role] = parseAs(roles, carried.body, 'a list of roles')
  if (role === undefined) return profile.name
  const why = `The group ${profile.name} (${id}) carries an administrator role (${role.type})`
  throw new PermanentError(`${why}: the hub makes nobody an administrator. Take it out of OKTA_GRANTS.`)
}

async function addMember(id: string, grantee: Grantee): Promise<void> {
  const answer = await grantee.client.granter.send({ ...toMembershipRequest(id, grantee), method: 'PUT' })
  if (answer.ok) return
  const absent = `Okta no longer has the group ${id}, or nobody with the id ${grantee.userId}.`
  throw toGrantError(answer, { what: `adding ${grantee.userId} to the group ${id}`, absent })
}

async function removeMember(id: string, grantee: Grantee): Promise<void> {
  const answer = await grantee.client.granter.send({ ...toMembershipRequest(id, grantee), method: 'DELETE' })
  if (answer.ok || isAbsent(answer)) return
  throw toGrantError(answer, { what: `removing ${grantee.userId} from the group ${id}`, absent: '' })
}

function toMembershipRequest(id: string, { userId, signal }: Grantee) {
  return { path: `/api/v1/groups/${id}/users/${encodeURIComponent(userId)}`, signal }
}

function parseAs<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const read = schema.safeParse(body)
  // The parser's error is not thrown, because the hub takes that for a permanent failure.
  if (!read.success) throw new Error(`Okta answered something other than ${what}`)
  return read.data
}
