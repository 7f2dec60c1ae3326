import { generateKeyPairSync } from 'node:crypto'
import okta from '@okta/okta-sdk-nodejs'
import { expect, test } from 'vitest'
import { startOktaTenant } from '../../../../lab/simulators/okta/server.ts'
import { createJsonClient } from '../../../support/json-client.ts'
import { LENA } from '../../../support/tenant-clients.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const APP = { clientId: '0oatestHUB', publicKey: publicKey.export({ format: 'jwk' }), scopes: ['okta.users.read'] }

const serviceClient = (orgUrl: string, { key, scopes }: { key: string; scopes: string[] }) =>
  new okta.Client({
    orgUrl,
    authorizationMode: 'PrivateKey',
    clientId: APP.clientId,
    keyId: 'k1',
    privateKey: key,
    scopes,
    cacheMiddleware: null,
  })

test('a service app signs in with its private key and reads users', async () => {
  await using tenant = await startOktaTenant({ users: [LENA], apps: [APP] })
  const client = serviceClient(tenant.url, { key: pem(privateKey), scopes: ['okta.users.read'] })

  expect((await client.userApi.getUser({ userId: LENA.id })).status).toBe('ACTIVE')
})

test('another key is an invalid client', async () => {
  await using tenant = await startOktaTenant({ users: [LENA], apps: [APP] })
  const client = serviceClient(tenant.url, { key: pem(stranger.privateKey), scopes: ['okta.users.read'] })

  await expect(client.userApi.getUser({ userId: LENA.id })).rejects.toThrow()
  expect(tenant.calls.find(({ path }) => path === '/oauth2/v1/token')?.status).toBe(401)
})

test('a scope that was not granted to the app is refused with the token', async () => {
  await using tenant = await startOktaTenant({ users: [LENA], apps: [APP] })
  const client = serviceClient(tenant.url, { key: pem(privateKey), scopes: ['okta.users.manage'] })

  await expect(client.userApi.getUser({ userId: LENA.id })).rejects.toThrow()
  expect(tenant.calls.find(({ path }) => path === '/oauth2/v1/token')?.status).toBe(400)
})

test('a token without the right for a change is answered 403', async () => {
  await using tenant = await startOktaTenant({
    users: [LENA],
    tokens: [{ value: 'reader', scopes: ['okta.users.read'] }],
  })
  const call = createJsonClient({ url: tenant.url, headers: { authorization: 'SSWS reader' } })
  const read = await call('GET', `/api/v1/users/${LENA.id}`)
  const change = await call('POST', `/api/v1/users/${LENA.id}/lifecycle/suspend`)
  const hooks = await call('GET', '/api/v1/eventHooks')

  expect(read.status).toBe(200)
  expect(change).toMatchObject({ status: 403, body: { errorCode: 'E0000006' } })
  expect(hooks.status).toBe(403)
  expect(tenant.users.get(LENA.id).status).toBe('ACTIVE')
})
