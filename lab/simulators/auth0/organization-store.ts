import { clone, randomId } from '../values.ts'
import { Auth0Fault, OAuthFault } from './errors.ts'
import type { Auth0Role, RoleStore } from './role-store.ts'

export type Auth0Organization = { id: string; name: string; display_name: string }

export type Auth0OrganizationSeed = { id?: string; name: string; members?: string[] }

export type OrganizationStore = {
  get: (id: string) => Auth0Organization
  /** By id or by name, as a login names it. */
  find: (idOrName: string) => Auth0Organization | undefined
  seed: (seed: Auth0OrganizationSeed) => Auth0Organization
  remove: (id: string) => void
  ofUser: (userId: string) => Auth0Organization[]
  isMember: (id: string, userId: string) => boolean
  addMember: (id: string, userId: string) => void
  /** A membership takes the roles within the organization along. */
  removeMember: (id: string, userId: string) => void
  memberRoles: (id: string, userId: string) => Auth0Role[]
  assign: (id: string, userId: string, roleIds: string[]) => void
  unassign: (id: string, userId: string, roleIds: string[]) => void
  forget: (userId: string) => void
}

type Members = Map<string, Set<string>>

// Auth0 docs: Entity Limit Policy, "Role assignments per organization member".
const MAX_MEMBER_ROLES = 50

/** The tenant's organizations, their members, and the members' roles (Auth0 docs: organizations). */
export function createOrganizationStore(roles: Pick<RoleStore, 'get'>): OrganizationStore {
  const organizations = new Map<string, Auth0Organization & { members: Members }>()

  const find = (id: string) => {
    const organization = organizations.get(id)
    if (!organization) throw new Auth0Fault(404, 'The organization does not exist.', 'inexistent_organization')
    return organization
  }
  const shown = ({ members: _, ...organization }: Auth0Organization & { members: Members }) => clone(organization)
  const rolesOf = (id: string, userId: string): Set<string> => {
    const held = find(id).members.get(userId)
    if (!held) throw new Auth0Fault(404, 'The user does not exist in the organization.', 'inexistent_member')
    return held
  }

  return {
    get: (id) => shown(find(id)),
    find: (idOrName) => {
      const found = [...organizations.values()].find(({ id, name }) => id === idOrName || name === idOrName)
      return found && shown(found)
    },
    seed: ({ id = randomId('org_', 16), name, members = [] }) => {
      const seeded = {
        id,
        name,
        display_name: name,
        members: new Map(members.map((userId) => [userId, new Set<string>()])),
      }
      organizations.set(id, seeded)
      return shown(seeded)
    },
    remove: (id) => void organizations.delete(id),
    ofUser: (userId) => [...organizations.values()].filter(({ members }) => members.has(userId)).map(shown),
    isMember: (id, userId) => find(id).members.has(userId),
    addMember: (id, userId) => {
      const { members } = find(id)
      if (!members.has(userId)) members.set(userId, new Set())
    },
    removeMember: (id, userId) => void find(id).members.delete(userId),
    memberRoles: (id, userId) => [...rolesOf(id, userId)].map(roles.get),
    assign: (id, userId, roleIds) => {
      const held = rolesOf(id, userId)
      for (const roleId of roleIds) roles.get(roleId)
      const after = new Set([...held, ...roleIds])
      if (after.size > MAX_MEMBER_ROLES) {
        throw new Auth0Fault(409, 'No more roles can be assigned to this organization member.', 'too_many_roles')
      }
      for (const roleId of after) held.add(roleId)
    },
    unassign: (id, userId, roleIds) => {
      for (const roleId of roleIds) find(id).members.get(userId)?.delete(roleId)
    },
    forget: (userId) => {
      for (const { members } of organizations.values()) members.delete(userId)
    },
  }
}

/** The organization that a login goes through; empty without one. */
export type Membership = { organization?: Auth0Organization }

/** Lets members alone in (Auth0 docs: login flows for organizations). What Auth0 says to others is not writeOrExplain. */
export function findMembership(
  organizations: OrganizationStore,
  { userId, asked }: { userId: string; asked: unknown },
): Membership {
  if (typeof asked !== 'string') return {}
  const organization = organizations.find(asked)
  if (!organization) throw new OAuthFault(400, 'invalid_request', 'The organization does not exist.')
  if (organizations.isMember(organization.id, userId)) return { organization }
  throw new OAuthFault(403, 'access_denied', `user ${userId} is not part of the ${organization.id} organization`)
}

/**
 * The names of the roles that count at this login: those within the organization it goes through, else the tenant-wide
 * ones (Auth0 docs: add roles to organization members).
 */
export function findRolesAtLogin(
  { roles, organizations }: { roles: RoleStore; organizations: OrganizationStore },
  { userId, organization }: { userId: string; organization: Auth0Organization | undefined },
): string[] {
  const held = organization ? organizations.memberRoles(organization.id, userId) : roles.ofUser(userId)
  return held.map(({ name }) => name)
}
