import type { Auth0Client } from '../tenant/client.ts'
import { parseGrantTarget } from '../tenant/config.ts'

/** Reads which of these targets one user has now. Makes only the calls that the targets need. */
export async function readHeldTargets(
  client: Auth0Client,
  userId: string,
  targets: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(targets)].map((target) => ({ target, ...parseGrantTarget(target) }))
  const roles = asked.some(({ kind }) => kind === 'role') ? await client.listRolesOf(userId) : []
  const organizations = asked.some(({ kind }) => kind !== 'role') ? await client.listOrganizationsOf(userId) : []

  const inside = asked.flatMap((one) => (one.kind === 'member_role' ? one.organization : []))
  const memberRoles = new Map<string, string[]>()
  // A user who is not a member has no roles within, and Auth0 answers 404 to the question.
  for (const organization of new Set(inside)) {
    if (organizations.includes(organization)) {
      memberRoles.set(organization, await client.listMemberRolesOf(organization, userId))
    }
  }

  const isHeld = (one: (typeof asked)[number]): boolean => {
    if (one.kind === 'role') return roles.includes(one.role)
    if (one.kind === 'organization') return organizations.includes(one.organization)
    return memberRoles.get(one.organization)?.includes(one.role) ?? false
  }
  return new Set(asked.filter(isHeld).map(({ target }) => target))
}

type Writing = { client: Auth0Client; signal: AbortSignal }

/** Gives one target to one user. A role within an organization needs the membership first. */
export function assignTarget(userId: string, target: string, { client, signal }: Writing): Promise<unknown> {
  const asked = parseGrantTarget(target)
  if (asked.kind === 'role') return client.assignRole(userId, asked.role, signal)
  const { organization } = asked
  if (asked.kind === 'organization') return client.addMember(organization, userId, signal)
  return client.assignMemberRole({ organization, userId }, asked.role, signal)
}

/** Takes one target from one user. */
export function removeTarget(userId: string, target: string, { client, signal }: Writing): Promise<unknown> {
  const asked = parseGrantTarget(target)
  if (asked.kind === 'role') return client.removeRole(userId, asked.role, signal)
  const { organization } = asked
  if (asked.kind === 'organization') return client.removeMember(organization, userId, signal)
  return client.removeMemberRole({ organization, userId }, asked.role, signal)
}
