import { OAuthFault } from './errors.ts'
import type { Auth0Organization, OrganizationStore } from './organization-store.ts'
import type { RoleStore } from './role-store.ts'

/** The organization that a login goes through; empty without one. */
export type Membership = { organization?: Auth0Organization }

/** Lets members alone in (Auth0 docs: login flows for organizations). What Auth0 says to others is not documented. */
export function membershipOf(
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
export function rolesAtLogin(
  { roles, organizations }: { roles: RoleStore; organizations: OrganizationStore },
  { userId, organization }: { userId: string; organization: Auth0Organization | undefined },
): string[] {
  const held = organization ? organizations.memberRoles(organization.id, userId) : roles.ofUser(userId)
  return held.map(({ name }) => name)
}
