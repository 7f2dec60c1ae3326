import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Auth0Tenant } from '../../../lab/simulators/auth0/server.ts'
import { CAST, startTenants } from '../../../lab/simulators/seed.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { oktaId, enterpriseUserId } = CAST.lena

test('an opening that lands at Auth0 after the hub gave up on it does not stay open for a leaver', async () => {
  await using tenants = await startTenants()
  const timing = { outboundSeconds: 0.4, leaseSeconds: 1.2, renewSeconds: 0.4 }
  await using hub = await startHub({ db, tenants, timing })
  const { okta, auth0 } = tenants
  const isShut = () => auth0.users.get(enterpriseUserId).blocked === true
  await hub.subscribe('user.lifecycle.suspend', 'user.lifecycle.unsuspend')
  okta.users.transition(oktaId, 'suspend')
  await eventually(() => expect(isShut()).toBe(true))
  await settled(hub)

  // The hub waits 0.4 s for this opening; Auth0 carries it out after 0.9 s all the same.
  const path = `/api/v2/users/${enterpriseUserId}`
  auth0.misbehave({ method: 'PATCH', path, times: 1, delayMs: 900 })
  const before = auth0.calls.length
  okta.users.transition(oktaId, 'unsuspend')
  await untilRead(auth0, { path, after: before })
  okta.users.transition(oktaId, 'suspend')
  await eventually(() => expect(isShut()).toBe(false))

  await eventually(() => expect(isShut()).toBe(true), { withinSeconds: 8 })
})

test('a lockout that lands at Auth0 late does not spare the sessions of whoever is locked out again', async () => {
  await using tenants = await startTenants()
  const timing = { outboundSeconds: 0.4, leaseSeconds: 2, renewSeconds: 0.6 }
  await using hub = await startHub({ db, tenants, timing })
  const { okta, auth0 } = tenants
  const { oktaId: omar, enterpriseUserId: user } = CAST.omar
  await hub.subscribe('user.lifecycle.suspend', 'user.lifecycle.unsuspend')
  auth0.sessions.open({ userId: user, clientId: 'app' })

  const path = `/api/v2/users/${user}`
  auth0.misbehave({ method: 'PATCH', path, times: 1, delayMs: 900 })
  const before = auth0.calls.length
  okta.users.transition(omar, 'suspend')
  await untilRead(auth0, { path, after: before })
  okta.users.transition(omar, 'unsuspend')
  await eventually(() => expect(auth0.users.get(user).blocked).toBe(true))
  okta.users.transition(omar, 'suspend')

  await eventually(() => expect(auth0.sessions.ofUser(user)).toEqual([]), { withinSeconds: 8 })
})

/** What the last run reads back must not be taken for what the next one reads. */
async function settled(hub: TestHub): Promise<void> {
  await eventually(async () => expect((await hub.deliveries()).map(({ status }) => status)).not.toContain('pending'))
}

/** The hub has planned by what it read, and its write is on the way. */
async function untilRead({ calls }: Auth0Tenant, { path, after }: { path: string; after: number }): Promise<void> {
  await eventually(() =>
    expect(calls.slice(after).some((call) => call.method === 'GET' && call.path === path)).toBe(true),
  )
  await sleep(80)
}

test('news in between do not use up the later look that a late write needs', async () => {
  await using tenants = await startTenants()
  const timing = { outboundSeconds: 0.4, leaseSeconds: 4, renewSeconds: 0.6 }
  await using hub = await startHub({ db, tenants, timing })
  const { okta, auth0 } = tenants
  const { oktaId: omar, enterpriseUserId: user } = CAST.omar
  const path = `/api/v2/users/${user}`
  await hub.subscribe('user.lifecycle.suspend', 'user.lifecycle.unsuspend')

  auth0.misbehave({ method: 'PATCH', path, times: 1, delayMs: 3000 })
  okta.users.transition(omar, 'suspend')
  // Given up on and repeated: shut by the second write, while the first still waits inside Auth0.
  await eventually(() => expect(auth0.users.get(user).blocked).toBe(true))
  okta.users.transition(omar, 'unsuspend')
  await eventually(() => expect(auth0.users.get(user).blocked).toBe(false))
  await eventually(() => expect(auth0.users.get(user).blocked).toBe(true))

  await eventually(() => expect(auth0.users.get(user).blocked).toBe(false), { withinSeconds: 8 })
})
