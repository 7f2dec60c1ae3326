import { ManagementClient } from 'auth0'
import { expect, test } from 'vitest'
import type { Auth0Tenant } from '../../../../lab/simulators/auth0/server.ts'
import { auth0WithClient, DATABASE_ID, ENTERPRISE_ID } from '../../../support/tenant-clients.ts'

// The SDK only knows https://<domain>; a fetch of one's own sends it to the tenant (contract: SDK construction).
const sdk = ({ url, domain, client }: Auth0Tenant) =>
  new ManagementClient({
    domain,
    ...client,
    maxRetries: 0,
    fetch: (input, init) => fetch(String(input).replace(/^https:\/\/[^/]+/, url), init),
  })

test("Auth0's own SDK finds, changes and logs out a user", async () => {
  const { auth0, login } = await auth0WithClient()
  await using _ = auth0
  await login({ user_id: ENTERPRISE_ID })
  const client = sdk(auth0)
  const byEmail = await client.users.listUsersByEmail({ email: 'lena.park@acme.test' })
  const found: unknown[] = []
  for await (const user of await client.users.list({ q: 'email:"lena.park@acme.test"', per_page: 50 })) {
    found.push(user.user_id)
  }
  const updated = await client.users.update(ENTERPRISE_ID, { blocked: true, app_metadata: { okta: { id: '00u' } } })
  await client.users.revokeAccess(ENTERPRISE_ID, {})

  expect(byEmail.map(({ user_id: id }) => id)).toEqual([DATABASE_ID])
  expect(found).toEqual([ENTERPRISE_ID, DATABASE_ID])
  expect(updated).toMatchObject({ blocked: true, app_metadata: { okta: { id: '00u' } } })
  expect(auth0.sessions.ofUser(ENTERPRISE_ID)).toEqual([])
})

test("Auth0's own SDK deploys an Action beside the one that is bound", async () => {
  const { auth0 } = await auth0WithClient({ actions: [{ name: 'own', code: '' }] })
  await using _ = auth0
  const { actions } = sdk(auth0)
  const created = await actions.create({
    name: 'deny',
    supported_triggers: [{ id: 'post-login', version: 'v3' }],
    code: '',
  })
  await actions.deploy(String(created.id))
  const bindings = []
  for await (const binding of await actions.triggers.bindings.list('post-login')) {
    bindings.push({ ref: { type: 'action_id' as const, value: String(binding.action?.id) } })
  }
  const deny = { ref: { type: 'action_name' as const, value: 'deny' } }
  await actions.triggers.bindings.updateMany('post-login', { bindings: [...bindings, deny] })

  expect(auth0.actions.bindings('post-login').map(({ displayName }) => displayName)).toEqual(['own', 'deny'])
})

test("Auth0's own SDK meets refusals with status, code and reset time", async () => {
  const { auth0 } = await auth0WithClient()
  await using _ = auth0
  const client = sdk(auth0)

  await expect(client.users.get('auth0|nobody')).rejects.toMatchObject({
    statusCode: 404,
    body: { errorCode: 'inexistent_user' },
  })
  auth0.misbehave({ path: '/api/v2', status: 429, resetSeconds: 60, times: 1 })
  const refusal = await client.users.get(DATABASE_ID).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ statusCode: 429, body: { errorCode: 'too_many_requests' } })
})

test('a client in a hurry meets the rate limit', async () => {
  const { auth0, call } = await auth0WithClient({ rateLimit: { burst: 2, perSecond: 0.01 } })
  await using _ = auth0
  const answers = []
  for (let turn = 0; turn < 3; turn += 1) answers.push(await call('GET', '/api/v2/users?per_page=1'))

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0'])
})
