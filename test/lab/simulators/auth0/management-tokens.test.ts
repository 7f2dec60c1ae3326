import { expect, test } from 'vitest'
import { type Auth0Tenant, startAuth0Tenant } from '../../../../lab/simulators/auth0/server.ts'
import { createJsonClient } from '../../../support/json-client.ts'
import { auth0WithClient, DATABASE_ID } from '../../../support/tenant-clients.ts'

const USER = `/api/v2/users/${encodeURIComponent(DATABASE_ID)}`

const request = ({ client, domain }: Auth0Tenant) => ({
  grant_type: 'client_credentials',
  client_id: client.clientId,
  client_secret: client.clientSecret,
  audience: `https://${domain}/api/v2/`,
})

test('a token is given for a form as for JSON', async () => {
  await using auth0 = await startAuth0Tenant({ tokenSeconds: 60 })
  const form = await fetch(`${auth0.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(request(auth0)) })
  const json = await createJsonClient({ url: auth0.url })('POST', '/oauth/token', request(auth0))

  expect(await form.json()).toMatchObject({ token_type: 'Bearer', expires_in: 60 })
  expect(json.body).toMatchObject({ token_type: 'Bearer', expires_in: 60 })
})

test.each([
  ['a wrong secret', { client_secret: 'no' }, 401, 'access_denied'],
  ['an unknown client', { client_id: 'no' }, 401, 'access_denied'],
  ['another audience', { audience: 'https://elsewhere.test/api/v2/' }, 403, 'access_denied'],
  ['another grant', { grant_type: 'password' }, 403, 'unsupported_grant_type'],
])('%s gets no token', async (_name, change, status, error) => {
  await using auth0 = await startAuth0Tenant()
  const call = createJsonClient({ url: auth0.url })

  expect(await call('POST', '/oauth/token', { ...request(auth0), ...change })).toMatchObject({
    status,
    body: { error },
  })
})

test('no token, an expired token and a revoked token are all 401', async () => {
  const expired = await auth0WithClient({ tokenSeconds: 0 })
  await using _ = expired.auth0
  const revoked = await auth0WithClient()
  await using __ = revoked.auth0
  revoked.auth0.tokens.revoke()

  expect((await createJsonClient({ url: expired.auth0.url })('GET', USER)).status).toBe(401)
  expect((await expired.call('GET', USER)).status).toBe(401)
  expect((await revoked.call('GET', USER)).status).toBe(401)
})

test.each([
  [['read:users'], { blocked: true }, 403],
  [['update:users_app_metadata'], { blocked: true }, 403],
  [['update:users_app_metadata'], { app_metadata: { a: 1 } }, 200],
  [['update:users'], { blocked: true, app_metadata: { a: 1 } }, 200],
])('a client with %j that sends %j is answered %i', async (scopes, body, status) => {
  const { auth0, call } = await auth0WithClient({ clients: [{ clientId: 'c', clientSecret: 's', scopes }] })
  await using _ = auth0
  const answer = await call('PATCH', USER, body)

  expect(answer.status).toBe(status)
  if (status === 403) expect(answer.body).toMatchObject({ errorCode: 'insufficient_scope', error: 'Forbidden' })
})
