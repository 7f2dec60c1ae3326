import { PermanentError } from '../../src/index.ts'
import type { Zendesk } from './client.ts'
import type { CustomRole, User } from './schemas.ts'
import type { WantedRole } from './target.ts'

const lightAgent = 1
const admin = 4
const billingAdmin = 5

export function isAdmin({ role, role_type: type }: Pick<User, 'role' | 'role_type'>): boolean {
  return role === 'admin' || type === admin || type === billingAdmin
}

/**
 * True when it cannot be told whether a user has this role: Zendesk named no role, or an agent's without saying which
 * one.
 */
export function isRoleUntold(user: User, wanted: WantedRole): boolean {
  if (user.role === '') return true
  if (user.role !== 'agent' || isAdmin(user)) return false
  if (wanted.kind === 'light_agent') return typeof user.role_type !== 'number'
  return wanted.kind === 'custom' && user.custom_role_id === undefined
}

/** True when a user has exactly this role; a plain agent has no custom role. */
export function hasRole(user: User, wanted: WantedRole): boolean {
  if (user.role !== 'agent' || isAdmin(user)) return false
  if (wanted.kind === 'light_agent') return user.role_type === lightAgent
  if (wanted.kind === 'custom') return user.custom_role_id === wanted.id
  return (user.custom_role_id ?? null) === null && (user.role_type ?? 0) === 0
}

/**
 * Prepares the fields to write to a user. The light agent is a role among the custom ones, with an id of its own in every
 * account (Zendesk Developer Advocacy: https://support.zendesk.com/hc/en-us/community/posts/4766387955354).
 *
 * @throws PermanentError when the role is not there, or administers
 */
export async function prepareRoleFields(zendesk: Zendesk, wanted: WantedRole): Promise<Record<string, unknown>> {
  if (wanted.kind === 'agent') return { role: 'agent' }
  const roles = (await zendesk.customRoles()) ?? []
  const role = roles.find((one) => (wanted.kind === 'custom' ? one.id === wanted.id : isLight(one)))
  if (!role) throw new PermanentError(`${explainMissingRole(wanted)} in this Zendesk account: correct ZENDESK_GRANTS`)
  const reason = findAdministratingRight(role)
  if (reason)
    throw new PermanentError(
      `The Zendesk role ${role.name} (${role.id}) administers (${reason}): the hub never gives such a role. Take it out of ZENDESK_GRANTS.`,
    )
  return { role: 'agent', custom_role_id: role.id }
}

/** Names the right by which a role makes its holder an administrator; null when there is none. */
export function findAdministratingRight({ role_type: type, configuration }: CustomRole): string | null {
  if (type === admin || type === billingAdmin) return `role_type ${type}`
  const { manage_roles: roles = 'none', manage_team_members: members = 'none' } = configuration ?? {}
  // Allowed values: "all-except-self" or "none"; "all-with-self-restriction", "readonly" or "none" (docs: configuration).
  if (roles !== 'none' && roles !== null) return 'manage_roles'
  if (members !== 'none' && members !== 'readonly' && members !== null) return 'manage_team_members'
  return configuration?.manage_api_credentials === true ? 'manage_api_credentials' : null
}

export function isLight({ role_type: type, configuration }: CustomRole): boolean {
  return type === lightAgent || configuration?.light_agent === true
}

export function explainMissingRole(wanted: WantedRole): string {
  return wanted.kind === 'custom' ? `There is no custom role ${wanted.id}` : 'There is no light agent role'
}
