import type { LifecycleVerb } from '../../lab/simulators/okta/lifecycle.ts'
import { CAST } from '../../lab/simulators/seed.ts'
import { type Crowd, startCrowd } from './crowd.ts'
import { oktaHook, type TestHub, userEvent } from './hub.ts'

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
