import type { Auth0Client } from '../tenant/client.ts'
import { parseTarget } from '../tenant/config.ts'

/** Which of these targets one user has at this moment. Reads only what the targets need. */
export async function heldAccess(
  client: Auth0Client,
  userId: string,
  targets: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(targets)].map((target) => ({ target, ...parseTarget(target) }))
  const roles = asked.some(({ kind }) => kind === 'role') ? await client.rolesOf(userId) : []
  const organizations = asked.some(({ kind }) => kind !== 'role') ? await client.organizationsOf(userId) : []

  const inside = asked.flatMap((one) => (one.kind === 'member_role' ? one.organization : []))
  const memberRoles = new Map<string, string[]>()
  // Only a member has roles within; asking about others is a 404.
  for (const organization of new Set(inside)) {
    if (organizations.includes(organization)) {
      memberRoles.set(organization, await client.memberRolesOf(organization, userId))
    }
  }

  const has = (one: (typeof asked)[number]): boolean => {
    if (one.kind === 'role') return roles.includes(one.role)
    if (one.kind === 'organization') return organizations.includes(one.organization)
    return memberRoles.get(one.organization)?.includes(one.role) ?? false
  }
  return new Set(asked.filter(has).map(({ target }) => target))
}
