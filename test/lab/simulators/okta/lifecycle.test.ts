import { describe, expect, test } from 'vitest'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const USER = `/api/v1/users/${LENA.id}`

type Step = { path: string[]; verb: string; status: number; ends?: string }

// Okta docs: user lifecycle. The path leads from ACTIVE to where the verb is tried.
const STEPS: Step[] = [
  { path: [], verb: 'suspend', status: 200, ends: 'SUSPENDED' },
  { path: ['suspend'], verb: 'suspend', status: 400 },
  { path: ['deactivate'], verb: 'suspend', status: 400 },
  { path: ['suspend'], verb: 'unsuspend', status: 200, ends: 'ACTIVE' },
  { path: [], verb: 'unsuspend', status: 400 },
  { path: ['suspend'], verb: 'deactivate', status: 200, ends: 'DEPROVISIONED' },
  { path: ['deactivate'], verb: 'deactivate', status: 403 },
  { path: ['deactivate'], verb: 'activate', status: 200, ends: 'ACTIVE' },
  { path: ['suspend'], verb: 'activate', status: 403 },
  { path: [], verb: 'unlock', status: 403 },
  { path: [], verb: 'reactivate', status: 403 },
  { path: [], verb: 'reset_password', status: 200, ends: 'RECOVERY' },
  { path: ['reset_password'], verb: 'reactivate', status: 200, ends: 'RECOVERY' },
  { path: [], verb: 'expire_password', status: 200, ends: 'PASSWORD_EXPIRED' },
  { path: [], verb: 'lock', status: 404, ends: 'ACTIVE' },
]

describe('lifecycle', () => {
  test.each(STEPS)('after $path, $verb answers $status', async ({ path, verb, status, ends }) => {
    const { okta, call } = await oktaWithClient()
    await using _ = okta
    for (const earlier of path) await call('POST', `${USER}/lifecycle/${earlier}`)
    const before = okta.users.get(LENA.id).status
    const response = await fetch(`${okta.url}${USER}/lifecycle/${verb}`, {
      method: 'POST',
      headers: { authorization: `SSWS ${okta.token}` },
    })

    expect(response.status).toBe(status)
    expect(okta.users.get(LENA.id).status).toBe(ends ?? before)
  })
})

test('a refused step says nothing to the System Log', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  await call('POST', `${USER}/lifecycle/unsuspend`)

  expect(okta.log.list()).toEqual([])
})

test('a step stamps statusChanged and names the person as the target, the admin as the actor', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const before = okta.users.get(LENA.id).statusChanged ?? ''
  await new Promise((resolve) => setTimeout(resolve, 5))
  await call('POST', `${USER}/lifecycle/deactivate`)
  const [event] = okta.log.list()

  expect(String(okta.users.get(LENA.id).statusChanged) > before).toBe(true)
  expect(event).toMatchObject({
    eventType: 'user.lifecycle.deactivate',
    target: [{ id: LENA.id, type: 'User', alternateId: 'lena.park@acme.test', displayName: 'Lena Park' }],
    actor: { alternateId: 'ops@acme-demo.test' },
  })
})

test('a slow deactivation shows the old status and where it is going', async () => {
  const { okta, call } = await oktaWithClient({ transitionMs: Number.POSITIVE_INFINITY })
  await using _ = okta
  await call('POST', `${USER}/lifecycle/deactivate`)
  const during = await call('GET', USER)
  const again = await call('POST', `${USER}/lifecycle/suspend`)
  okta.users.settleTransitions()
  const after = await call('GET', USER)

  expect(during.body).toMatchObject({ status: 'ACTIVE', transitioningToStatus: 'DEPROVISIONED' })
  expect(again.status).toBe(400)
  expect(after.body).toMatchObject({ status: 'DEPROVISIONED' })
  expect(after.body).not.toHaveProperty('transitioningToStatus')
})

test('a caller who prefers an asynchronous deactivation gets one', async () => {
  const { okta } = await oktaWithClient()
  await using _ = okta
  await fetch(`${okta.url}${USER}`, {
    method: 'DELETE',
    headers: { authorization: `SSWS ${okta.token}`, prefer: 'respond-async' },
  })

  expect(okta.users.get(LENA.id)).toMatchObject({ status: 'ACTIVE', transitioningToStatus: 'DEPROVISIONED' })
})

test('deleting takes two calls: the first deactivates, the second removes', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  await call('DELETE', USER)
  const first = await call('GET', USER)
  await call('DELETE', USER)
  const second = await call('GET', USER)

  expect(first.body).toMatchObject({ status: 'DEPROVISIONED' })
  expect(second).toMatchObject({ status: 404, body: { errorCode: 'E0000007' } })
  expect(okta.log.list().map(({ eventType }) => eventType)).toEqual([
    'user.lifecycle.deactivate',
    'user.lifecycle.delete.initiated',
    'user.lifecycle.delete.completed',
  ])
})

test('a user without a password stays PROVISIONED until the welcome flow is done', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const created = await call('POST', '/api/v1/users', { profile: { ...LENA.profile, login: 'new@acme.test' } })
  okta.users.transition('new@acme.test', 'set_password')

  expect(created.body).toMatchObject({ status: 'PROVISIONED' })
  expect(okta.users.get('new@acme.test').status).toBe('ACTIVE')
})

test('a profile update tells which attributes changed', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  await call('POST', USER, { profile: { email: 'lena@new.test', firstName: 'Lena' } })
  const [event] = okta.log.list()

  expect(event?.eventType).toBe('user.account.update_profile')
  expect(event?.debugContext.debugData.changedAttributes).toBe('email')
})

test('two users cannot share a login, whatever its letter case', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const answer = await call('POST', '/api/v1/users', { profile: { ...LENA.profile, login: 'LENA.PARK@acme.test' } })

  expect(answer).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
})
