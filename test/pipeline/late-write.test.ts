import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CAST, startTenants } from '../../src/demo/tenants/seed.ts'
import { eventually } from '../support/eventually.ts'
import { startHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { oktaId, enterpriseUserId } = CAST.lena

test('an opening that lands at Auth0 after the hub gave up on it does not stay open for a leaver', async () => {
  await using tenants = await startTenants()
  const timing = { outboundSeconds: 0.3, leaseSeconds: 1, renewSeconds: 0.3 }
  await using hub = await startHub({ db, tenants, timing })
  const { okta, auth0 } = tenants
  const isShut = () => auth0.users.get(enterpriseUserId).blocked === true
  await hub.subscribe('user.lifecycle.suspend', 'user.lifecycle.unsuspend')
  okta.users.transition(oktaId, 'suspend')
  await eventually(() => expect(isShut()).toBe(true))

  // The hub waits 0.3 s for this opening; Auth0 carries it out after 0.9 s all the same.
  const path = `/api/v2/users/${enterpriseUserId}`
  auth0.misbehave({ method: 'PATCH', path, times: 1, delayMs: 900 })
  okta.users.transition(oktaId, 'unsuspend')
  await sleep(150)
  okta.users.transition(oktaId, 'suspend')
  await eventually(() => expect(isShut()).toBe(false))

  await eventually(() => expect(isShut()).toBe(true), { withinSeconds: 5 })
})
