import type { LifecycleVerb } from '../../src/demo/tenants/okta/lifecycle.ts'
import { CAST, startTenants, type Tenants } from '../../src/demo/tenants/seed.ts'
import { oktaHook, type TestHub, userEvent } from './hub.ts'

export type Crowd = AsyncDisposable & {
  tenants: Tenants
  /** Okta's ids. */
  ids: string[]
  /** A step in Okta for each of these, and the hook that tells the hub of it; by default deactivations. */
  change(hub: TestHub, ids: readonly string[], verb?: LifecycleVerb): Promise<void>
  /** The Okta ids of those whom Auth0 keeps out, in order. */
  lockedOut(): string[]
  /** Calls at Auth0 that change something: `PATCH /api/v2/users/…`. */
  writes(): string[]
}

export const enterpriseId = (oktaId: string) => `okta|${CAST.connections.enterprise}|${oktaId}`

/** Both tenants with so many people, each of them in Okta and, through it, in Auth0. */
export async function startCrowd(size: number): Promise<Crowd> {
  const ids = Array.from({ length: size }, (_, i) => `00ucrowd${String(i).padStart(4, '0')}`)
  const email = (id: string) => `${id}@acme-demo.test`.toLowerCase()
  const tenants = await startTenants({
    okta: {
      users: ids.map((id) => ({ id, profile: { login: email(id), email: email(id), firstName: 'A', lastName: 'B' } })),
    },
    auth0: { users: ids.map((id) => ({ connection: CAST.connections.enterprise, id, email: email(id) })) },
  })
  const { okta, auth0 } = tenants
  return {
    tenants,
    ids,
    async change(hub, changed, verb = 'deactivate') {
      for (const id of changed) okta.users.transition(id, verb)
      const type = `user.lifecycle.${verb}`
      const answer = await hub.post(oktaHook(changed.map((userId) => userEvent({ type, userId }))))
      if (answer.status !== 204) throw new Error(`The hub answered ${answer.status}`)
    },
    lockedOut: () => ids.filter((id) => auth0.users.get(enterpriseId(id)).blocked === true),
    writes: () =>
      auth0.calls.flatMap(({ method, path }) =>
        method === 'GET' || path === '/oauth/token' ? [] : [`${method} ${path}`],
      ),
    [Symbol.asyncDispose]: tenants.close,
  }
}
