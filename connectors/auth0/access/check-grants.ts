import { adviseOnFailure, type DoctorCheck, errorMessage, listTargets } from '../../../src/index.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { type GrantTarget, parseGrantTarget } from '../tenant/config.ts'
import { isAdminRole } from './look-up-access.ts'

type Question = {
  client: Auth0Client
  config: Auth0Config
  scopes: ReadonlySet<string>
  /** Where in the dashboard a scope is granted. */
  grantHere: string
}

/**
 * The scopes that each kind of target needs (Auth0's OpenAPI document). For giving and taking a user's roles it lists
 * `update:users` among others and says in the text of the 403 that this one is enough; lockouts need it anyway.
 */
const scopesOf: Record<GrantTarget['kind'], string[]> = {
  role: ['read:roles', 'read:role_members'],
  organization: ['read:organizations', 'create:organization_members', 'delete:organization_members'],
  member_role: [
    'read:roles',
    'read:organizations',
    'create:organization_members',
    'delete:organization_members',
    'read:organization_member_roles',
    'create:organization_member_roles',
    'delete:organization_member_roles',
  ],
}

/** Checks whether every target of AUTH0_GRANTS can be granted. Returns no checks when it lists nothing. */
export async function checkGrants({ client, config, scopes, grantHere }: Question): Promise<DoctorCheck[]> {
  const targets = listTargets(config.AUTH0_GRANTS)
  if (targets.length === 0) return []
  const name = 'Auth0 grants'
  const needed = [...new Set(targets.flatMap((target) => scopesOf[parseGrantTarget(target).kind]))]
  const missing = needed.filter((scope) => !scopes.has(scope))
  if (missing.length > 0) {
    const detail = `What AUTH0_GRANTS lists cannot be granted without ${missing.join(', ')}; it was not looked up.`
    return [{ name, status: 'problem', detail, fix: `Grant the scopes. ${grantHere}` }]
  }
  const problems: DoctorCheck[] = []
  for (const target of targets) {
    const correct = 'Correct AUTH0_GRANTS: ids as in Auth0: User Management, Roles, and Organizations.'
    const found = await findProblem(target, { client, config }).then(
      (detail) => detail && { detail, fix: correct },
      (error: unknown) => ({
        detail: `${target} could not be looked up: ${errorMessage(error)}.`,
        fix: adviseOnFailure(error, { vendor: 'Auth0', refused: `Grant the scopes that it takes. ${grantHere}` }),
      }),
    )
    if (found) problems.push({ name, status: 'problem', ...found })
  }
  if (problems.length > 0) return problems
  return [{ name, status: 'ok', detail: `All ${targets.length} targets exist, and none is an admin role.` }]
}

async function findProblem(
  target: string,
  { client, config }: Pick<Question, 'client' | 'config'>,
): Promise<string | undefined> {
  const asked = parseGrantTarget(target)
  if (asked.kind !== 'role' && !(await client.getOrganization(asked.organization))) {
    return `${target}: the tenant has no such organization.`
  }
  if (asked.kind === 'organization') return undefined
  if (!(await client.getRole(asked.role))) return `${target}: the tenant has no such role.`
  const isAdmin = await isAdminRole(asked.role, { client, config })
  return isAdmin ? `${target} is an admin role: it may use the Management API, and is always refused.` : undefined
}
