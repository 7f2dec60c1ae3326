import { expect, test } from 'vitest'
import { registerEventHook } from '../../../lab/environment.ts'
import { startAuth0Tenant } from '../../../lab/simulators/auth0/server.ts'
import { startOktaTenant } from '../../../lab/simulators/okta/server.ts'
import { startHookEndpoint } from '../../support/hook-endpoint.ts'
import { createJsonClient } from '../../support/json-client.ts'
import { LENA, oktaWithClient } from '../../support/tenant-clients.ts'

test('a rule sent as JSON changes the weather until it is taken back', async () => {
  await using okta = await startOktaTenant()
  const remote = createJsonClient({ url: okta.url })
  const api = createJsonClient({ url: okta.url, headers: { authorization: `SSWS ${okta.token}` } })

  expect(
    (await remote('POST', '/simulation/weather', { method: 'GET', pathPattern: 'users$', status: 503 })).status,
  ).toBe(204)
  expect((await api('GET', '/api/v1/users')).status).toBe(503)
  expect((await api('GET', '/api/v1/org')).status).toBe(200)
  expect((await remote('DELETE', '/simulation/weather')).status).toBe(204)
  expect((await api('GET', '/api/v1/users')).status).toBe(200)
})

test('the remote control answers in any weather and is in no call log', async () => {
  await using auth0 = await startAuth0Tenant()
  const remote = createJsonClient({ url: auth0.url })
  await remote('POST', '/simulation/weather', { status: 500 })
  await remote('GET', '/api/v2/users')

  const { status, body } = await remote('GET', '/simulation/calls')
  expect(status).toBe(200)
  expect(body).toMatchObject([{ method: 'GET', path: '/api/v2/users', status: 500 }])
})

test.each([
  ['an unknown word', { delay: 5 }],
  ['a number out of range', { status: 200 }],
  ['a broken pattern', { pathPattern: '(' }],
  ['no object', 'soon'],
])('a rule with %s is refused with a reason', async (_, rule) => {
  await using auth0 = await startAuth0Tenant()
  const remote = createJsonClient({ url: auth0.url })
  const { status, body } = await remote('POST', '/simulation/weather', rule)
  expect(status).toBe(400)
  expect(body).toMatchObject({ error: expect.stringMatching(/\w/) })
  expect((await remote('GET', '/api/v2/users')).status).toBe(401)
})

test('deliveries are listed with their bodies as text and every try', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta } = await oktaWithClient()
  await using _ = okta
  await registerEventHook(okta, { url: endpoint.url, types: ['user.lifecycle.deactivate'] })
  okta.users.transition(LENA.id, 'deactivate')
  await okta.idle()

  const { body } = await createJsonClient({ url: okta.url })('GET', '/simulation/deliveries')
  expect(body).toMatchObject([
    { eventId: endpoint.deliveries()[0]?.eventId, outcome: 'delivered', tries: [{ outcome: 204 }] },
  ])
  expect(body).toMatchObject([{ body: expect.stringContaining('user.lifecycle.deactivate') }])
})

test('mischief with deliveries is made and ended over HTTP', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta } = await oktaWithClient()
  await using _ = okta
  const remote = createJsonClient({ url: okta.url })
  await registerEventHook(okta, { url: endpoint.url, types: ['user.lifecycle.suspend', 'user.lifecycle.unsuspend'] })

  expect((await remote('POST', '/simulation/deliveries/weather', { drops: true })).status).toBe(400)
  await remote('POST', '/simulation/deliveries/weather', { drop: true })
  okta.users.transition(LENA.id, 'suspend')
  await okta.idle()
  expect(endpoint.deliveries()).toEqual([])

  await remote('DELETE', '/simulation/weather')
  okta.users.transition(LENA.id, 'unsuspend')
  await okta.idle()
  expect(endpoint.deliveries()).toHaveLength(1)
})

test('attempts to log in are listed', async () => {
  await using auth0 = await startAuth0Tenant()
  const remote = createJsonClient({ url: auth0.url })
  await remote('POST', '/login', { user_id: 'auth0|nobody' })
  const { body } = await remote('GET', '/simulation/logins')
  expect(body).toMatchObject([{ mode: 'interactive', outcome: 'denied', error: 'invalid_grant' }])
})
