import { PermanentError } from '../../../src/index.ts'
import type { Auth0Client } from '../tenant/client.ts'
import { type Auth0Config, parseGrantTarget } from '../tenant/config.ts'
import type { AskedAccess } from './grant-entries.ts'

type Tenant = { client: Auth0Client; config: Auth0Config }

/**
 * Looks up the roles and organizations that the targets name, before anything is written.
 * @throws PermanentError for a role or organization that the tenant does not have, and for an admin role
 */
export async function lookUpAccess(targets: readonly string[], tenant: Tenant): Promise<AskedAccess[]> {
  const found: AskedAccess[] = []
  for (const target of new Set(targets)) found.push(await lookUpTarget(target, tenant))
  return found
}

async function lookUpTarget(target: string, { client, config }: Tenant): Promise<AskedAccess> {
  const asked = parseGrantTarget(target)
  const organization = asked.kind === 'role' ? undefined : await client.getOrganization(asked.organization)
  if (organization === null) throw toUnknownError(target, 'organization')
  const names = organization ? { organizationName: organization.name } : {}
  if (asked.kind === 'organization') return { target, ...names }

  const role = await client.getRole(asked.role)
  if (role === null) throw toUnknownError(target, 'role')
  if (await isAdminRole(asked.role, { client, config })) {
    throw new PermanentError(
      `${target} is refused: the role ${role.name} may use the Management API of this tenant, and admin roles are never ` +
        'granted on request.',
    )
  }
  return { target, ...names, roleName: role.name }
}

function toUnknownError(target: string, what: 'role' | 'organization'): PermanentError {
  return new PermanentError(
    `The Auth0 tenant has no ${what} as in ${target}. Correct AUTH0_GRANTS; "doctor" lists what does not exist.`,
  )
}

/**
 * Whether a role has permissions of the tenant's Management API: a person with such a role could give themselves any
 * access. The API's identifier is `https://<tenant's domain>/api/v2/`, also where the tenant has a custom domain (Auth0
 * docs: Management API access tokens). So that domain counts, and every domain under `auth0.com`.
 */
export async function isAdminRole(role: string, { client, config }: Tenant): Promise<boolean> {
  const apis = await client.listApisOfRole(role)
  return apis.some((api) => isManagementApi(api, config.AUTH0_DOMAIN.toLowerCase()))
}

function isManagementApi(identifier: string, domain: string): boolean {
  const [, host] = /^https:\/\/([^/]+)\/api\/v2\/?$/i.exec(identifier) ?? []
  if (host === undefined) return false
  return host.toLowerCase() === domain || host.toLowerCase().endsWith('.auth0.com')
}
