import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'

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
