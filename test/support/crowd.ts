import type { Auth0TenantOptions } from '../../lab/simulators/auth0/server.ts'
import type { LifecycleVerb } from '../../lab/simulators/okta/lifecycle.ts'
import type { OktaTenantOptions } from '../../lab/simulators/okta/server.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { oktaHook, type TestHub, userEvent } from './hub.ts'

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

export type MovingCrowd = AsyncDisposable & {
  tenants: Crowd
  /** Okta's ids. */
  ids: string[]
  /** A step in Okta for each of these, and one hook that tells the hub of them all; by default deactivations. */
  change(hub: TestHub, ids: readonly string[], verb?: LifecycleVerb): Promise<void>
  /** The Okta ids of those whom Auth0 keeps out, in order. */
  lockedOut(): string[]
  /** Calls at Auth0 that change something: `PATCH /api/v2/users/…`. */
  writes(): string[]
}

export const enterpriseId = (oktaId: string) => `okta|${CAST.connections.enterprise}|${oktaId}`

/** Both tenants with so many people whose lives go on in Okta, and what Auth0 was asked to change. */
export async function startMovingCrowd(size: number): Promise<MovingCrowd> {
  const tenants = await startCrowd(size)
  return {
    tenants,
    ids: tenants.ids,
    async change(hub, changed, verb = 'deactivate') {
      for (const id of changed) tenants.okta.users.transition(id, verb)
      const type = `user.lifecycle.${verb}`
      const answer = await hub.post(oktaHook(changed.map((userId) => userEvent({ type, userId }))))
      if (answer.status !== 204) throw new Error(`The hub answered ${answer.status}`)
    },
    lockedOut: tenants.locked,
    writes: () =>
      tenants.auth0.calls.flatMap(({ method, path }) =>
        method === 'GET' || path === '/oauth/token' ? [] : [`${method} ${path}`],
      ),
    [Symbol.asyncDispose]: tenants.close,
  }
}
