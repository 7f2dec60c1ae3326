import type { Auth0TenantOptions } from '../../lab/simulators/auth0/server.ts'
import type { OktaTenantOptions } from '../../lab/simulators/okta/server.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'

export type Crowd = Tenants & {
  ids: string[]
  /** The Okta ids of those whose Auth0 user is locked. */
  locked(): string[]
}

/** Both tenants with so many people who log in to Auth0 through Okta. */
export async function startCrowd(
  size: number,
  options: { okta?: OktaTenantOptions; auth0?: Auth0TenantOptions } = {},
): Promise<Crowd> {
  const ids = Array.from({ length: size }, (_, i) => `00ucrowd${String(i).padStart(4, '0')}`)
  const email = (id: string) => `${id}@acme-demo.test`
  const connection = CAST.connections.enterprise
  const tenants = await startTenants({
    okta: {
      users: ids.map((id) => ({ id, profile: { login: email(id), email: email(id), firstName: 'P', lastName: id } })),
      ...options.okta,
    },
    auth0: { users: ids.map((id) => ({ connection, id, email: email(id) })), ...options.auth0 },
  })
  const locked = () =>
    tenants.auth0.users
      .list()
      .filter((user) => user.blocked === true)
      .map((user) => user.user_id.split('|').at(-1) ?? '')
      .sort()
  return { ...tenants, ids, locked }
}
