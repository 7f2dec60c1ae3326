import { expect, test } from 'vitest'
import { hookSecret, makeEventHook, registerEventHook } from '../../../../lab/environment.ts'
import { startHookEndpoint } from '../../../support/hook-endpoint.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const ITEMS = ['user.lifecycle.suspend', 'user.lifecycle.deactivate']

test('a new hook is active, unverified and gets no events', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const { body } = await call('POST', '/api/v1/eventHooks', makeEventHook({ url: endpoint.url, types: ITEMS }))
  okta.users.transition(LENA.id, 'suspend')
  await okta.idle()

  expect(body).toMatchObject({ status: 'ACTIVE', verificationStatus: 'UNVERIFIED' })
  expect(endpoint.requests).toEqual([])
})

test('no answer shows the secret, and the header name comes back in lower case', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const { body } = await call('POST', '/api/v1/eventHooks', makeEventHook({ url: endpoint.url, types: ITEMS }))

  expect(JSON.stringify(body)).not.toContain(hookSecret)
  expect(body).toMatchObject({ channel: { config: { method: 'POST', authScheme: { key: 'authorization' } } } })
})

test('the handshake is one GET with the challenge and without the secret', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta } = await oktaWithClient()
  await using _ = okta
  await registerEventHook(okta, { url: endpoint.url, types: ITEMS })

  expect(endpoint.requests).toHaveLength(1)
  expect(endpoint.requests[0]?.method).toBe('GET')
  expect(endpoint.requests[0]?.headers.authorization).toBeUndefined()
})

test('a wrong echo is tried once more, then verify answers 400 and the hook stays unverified', async () => {
  await using endpoint = await startHookEndpoint({ verify: () => ({ verification: 'something else' }) })
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const { id } = okta.hooks.create(makeEventHook({ url: endpoint.url, types: ITEMS }))
  const answer = await call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`)

  expect(answer).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
  expect(endpoint.requests).toHaveLength(2)
  expect(okta.hooks.get(id).verificationStatus).toBe('UNVERIFIED')
})

test.each([
  ['another secret', { authScheme: { type: 'HEADER', key: 'Authorization', value: 'rotated' } }],
  ['another address', { uri: 'https://elsewhere.test/hooks' }],
])('a replacement with %s has to be verified again', async (_name, change) => {
  await using endpoint = await startHookEndpoint()
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const id = await registerEventHook(okta, { url: endpoint.url, types: ITEMS })
  const body = makeEventHook({ url: endpoint.url, types: ITEMS })
  const { config } = okta.hooks.get(id).channel
  const channel = { type: 'HTTP', version: '1.0.0', config: { ...config, ...change } }
  const same = await call('PUT', `/api/v1/eventHooks/${id}`, { ...body, name: 'renamed' })
  const changed = await call('PUT', `/api/v1/eventHooks/${id}`, { ...body, channel })

  expect(same.body).toMatchObject({ name: 'renamed', verificationStatus: 'VERIFIED' })
  expect(changed.body).toMatchObject({ verificationStatus: 'UNVERIFIED' })
})

test('only an inactive hook can be deleted', async () => {
  await using endpoint = await startHookEndpoint()
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const id = await registerEventHook(okta, { url: endpoint.url, types: ITEMS })
  const early = await call('DELETE', `/api/v1/eventHooks/${id}`)
  await call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`)
  const late = await call('DELETE', `/api/v1/eventHooks/${id}`)

  expect(early.status).toBe(403)
  expect(late.status).toBe(204)
  expect(okta.hooks.list()).toEqual([])
})

const LOOPBACK = 'http://127.0.0.1:1/hooks'

test.each([
  ['plain http beyond this machine', makeEventHook({ url: 'http://hub.example.com/hooks', types: ITEMS })],
  ['a type that is not eligible', makeEventHook({ url: LOOPBACK, types: ['user.lifecycle.delete.completed'] })],
  ['no event types', makeEventHook({ url: LOOPBACK, types: [] })],
  [
    'a filter',
    {
      ...makeEventHook({ url: LOOPBACK, types: ITEMS }),
      events: { type: 'EVENT_TYPE', items: ITEMS, filter: { type: 'x' } },
    },
  ],
])('a hook with %s is refused', async (_name, body) => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta

  expect((await call('POST', '/api/v1/eventHooks', body)).status).toBe(400)
})
