import type { DoctorCheck, Grantable } from '../../../src/index.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { type GrantTarget, parseTarget } from '../tenant/config.ts'
import { isAdminRole } from './look-up-access.ts'

type Look = {
  client: Auth0Client
  config: Auth0Config
  scopes: ReadonlySet<string>
  /** Where in the dashboard a scope is granted. */
  grantHere: string
}

/**
 * The scopes of every endpoint that a kind of target needs, by Auth0's OpenAPI document. Its lists for giving and taking
 * a user's roles hold `update:users` too, and its text of the 403 says that one is enough: the lockout has it anyway.
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

/** Whether what AUTH0_GRANTS lists can be granted. Nothing, when it lists nothing. */
export async function grantChecks({ client, config, scopes, grantHere }: Look): Promise<DoctorCheck[]> {
  const targets = targetsIn(config.AUTH0_GRANTS)
  if (targets.length === 0) return []
  const name = 'Auth0 grants'
  const needed = [...new Set(targets.flatMap((target) => scopesOf[parseTarget(target).kind]))]
  const missing = needed.filter((scope) => !scopes.has(scope))
  if (missing.length > 0) {
    const detail = `What AUTH0_GRANTS lists cannot be granted without ${missing.join(', ')}; it was not looked up.`
    return [{ name, status: 'problem', detail, fix: `Grant the scopes. ${grantHere}` }]
  }
  const problems: DoctorCheck[] = []
  for (const target of targets) {
    const detail = await problemWith(target, { client, config }).catch(
      (error: unknown) => `${target} could not be looked up: ${error instanceof Error ? error.message : 'no answer'}.`,
    )
    const fix = 'Correct AUTH0_GRANTS: ids as in Auth0: User Management, Roles, and Organizations.'
    if (detail) problems.push({ name, status: 'problem', detail, fix })
  }
  if (problems.length > 0) return problems
  return [{ name, status: 'ok', detail: `All ${targets.length} targets exist, and none is an admin role.` }]
}

async function problemWith(
  target: string,
  { client, config }: Pick<Look, 'client' | 'config'>,
): Promise<string | undefined> {
  const asked = parseTarget(target)
  if (asked.kind !== 'role' && !(await client.organization(asked.organization))) {
    return `${target}: the tenant has no such organization.`
  }
  if (asked.kind === 'organization') return undefined
  if (!(await client.role(asked.role))) return `${target}: the tenant has no such role.`
  const isAdmin = await isAdminRole(asked.role, { client, config })
  return isAdmin ? `${target} is an admin role: it may use the Management API, and is always refused.` : undefined
}

function targetsIn(grants: Grantable): string[] {
  const all = Object.values(grants).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))
  return [...new Set(all)]
}
