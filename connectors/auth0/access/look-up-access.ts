import { PermanentError } from '../../../src/index.ts'
import type { Named } from '../tenant/access-client.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { parseTarget } from '../tenant/config.ts'
import type { Granted } from './grant-entries.ts'

type Look = { client: Auth0Client; config: Auth0Config }

/**
 * Looks up what the targets name, before anything is written. Reads only.
 * @throws PermanentError for a role or organization that the tenant does not have, and for an admin role.
 */
export async function knownAccess(targets: readonly string[], look: Look): Promise<Granted[]> {
  const granted: Granted[] = []
  for (const target of new Set(targets)) granted.push(await lookUp(target, look))
  return granted
}

async function lookUp(target: string, { client, config }: Look): Promise<Granted> {
  const asked = parseTarget(target)
  const organization = asked.kind === 'role' ? undefined : await client.organization(asked.organization)
  if (organization === null) throw unknown(target, 'organization')
  const organizationName = nameOf('organizationName', organization)
  if (asked.kind === 'organization') return { target, ...organizationName }

  const role = await client.role(asked.role)
  if (role === null) throw unknown(target, 'role')
  if (await isAdminRole(asked.role, { client, config })) {
    throw new PermanentError(
      `${target} is refused: the role ${role.name} may use the Management API of this tenant, and admin roles are never ` +
        'granted on request.',
    )
  }
  return { target, ...organizationName, ...nameOf('roleName', role) }
}

function nameOf<K extends string>(key: K, found: Named | undefined): { [key in K]?: string } {
  return found ? ({ [key]: found.name } as { [key in K]: string }) : {}
}

function unknown(target: string, what: 'role' | 'organization'): PermanentError {
  return new PermanentError(
    `The Auth0 tenant has no ${what} as in ${target}. Correct AUTH0_GRANTS; "doctor" lists what does not exist.`,
  )
}

/**
 * Whether a role carries permissions of the tenant's Management API: whoever has it could give themselves anything.
 * That API's identifier is `https://<tenant's domain>/api/v2/` (Auth0 docs: Management API access tokens), also where
 * the tenant has a custom domain.
 */
export async function isAdminRole(
  role: string,
  { client, config }: { client: Pick<Auth0Client, 'rolePermissionApis'>; config: Pick<Auth0Config, 'AUTH0_DOMAIN'> },
): Promise<boolean> {
  const apis = await client.rolePermissionApis(role)
  return apis.some((api) => isManagementApi(api, config.AUTH0_DOMAIN.toLowerCase()))
}

function isManagementApi(identifier: string, domain: string): boolean {
  const [, host] = /^https:\/\/([^/]+)\/api\/v2\/?$/i.exec(identifier) ?? []
  if (host === undefined) return false
  return host.toLowerCase() === domain || host.toLowerCase().endsWith('.auth0.com')
}
