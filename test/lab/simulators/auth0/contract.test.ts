import { expect, test } from 'vitest'
import { loadOpenApi } from '../../../support/openapi.ts'
import { auth0WithClient, DATABASE, DATABASE_ID, ENTERPRISE_ID, field } from '../../../support/tenant-clients.ts'

const encoded = encodeURIComponent(ENTERPRISE_ID)
const USER = `/api/v2/users/${encoded}`

test("an answer that breaks Auth0's document is noticed", () => {
  const { problems } = loadOpenApi('auth0')

  expect(problems({ method: 'GET', path: USER, status: 200, body: { user_id: 7 } })).toContain(
    'get /users/{id} 200 /user_id must be string',
  )
  expect(problems({ method: 'POST', path: `${USER}/revoke-access`, status: 202, body: { ok: true } })).toHaveLength(1)
  expect(problems({ method: 'GET', path: USER, status: 404, body: { message: 'x' } })).toHaveLength(2)
})

test("every operation answers 2xx in the shape of Auth0's document", async () => {
  const { auth0, call, login } = await auth0WithClient({
    roles: [{ id: 'rol_reader', name: 'Reader', permissions: [{ api: 'https://api.acme.test', name: 'read:all' }] }],
    organizations: [{ id: 'org_acme', name: 'acme' }],
  })
  await using _ = auth0

  await call('GET', '/api/v2/roles?per_page=1')
  await call('GET', '/api/v2/roles?include_totals=true')
  await call('GET', '/api/v2/roles/rol_reader')
  await call('GET', '/api/v2/roles/rol_reader/permissions')
  await call('GET', '/api/v2/roles/rol_reader/permissions?include_totals=true')
  await call('POST', `${USER}/roles`, { roles: ['rol_reader'] })
  await call('GET', `${USER}/roles`)
  await call('DELETE', `${USER}/roles`, { roles: ['rol_reader'] })
  await call('GET', '/api/v2/organizations/org_acme')
  await call('POST', '/api/v2/organizations/org_acme/members', { members: [ENTERPRISE_ID] })
  await call('GET', `${USER}/organizations?include_totals=true`)
  await call('POST', `/api/v2/organizations/org_acme/members/${encoded}/roles`, { roles: ['rol_reader'] })
  await call('GET', `/api/v2/organizations/org_acme/members/${encoded}/roles`)
  await call('DELETE', `/api/v2/organizations/org_acme/members/${encoded}/roles`, { roles: ['rol_reader'] })
  await call('DELETE', '/api/v2/organizations/org_acme/members', { members: [ENTERPRISE_ID] })

  const created = await call('POST', '/api/v2/users', { connection: DATABASE, email: 'New@acme.test', password: 'x' })
  await call('GET', '/api/v2/users?per_page=50')
  await call('GET', '/api/v2/users?include_totals=true')
  await call('GET', '/api/v2/users-by-email?email=new%40acme.test')
  await call('GET', USER)
  await call('PATCH', USER, { blocked: false, app_metadata: { a: 1 } })
  await call('POST', `${USER}/identities`, { provider: 'auth0', user_id: field(created, 'user_id') })
  await call('DELETE', `${USER}/identities/auth0/${field(created, 'user_id').split('|')[1]}`)
  await call('DELETE', `/api/v2/users/${encodeURIComponent(DATABASE_ID)}`)

  const session = field(await login({ user_id: ENTERPRISE_ID }), 'session_id')
  const second = field(await login({ user_id: ENTERPRISE_ID }), 'session_id')
  const [refreshToken] = auth0.sessions.refreshTokens()
  await call('GET', `${USER}/sessions`)
  await call('GET', `/api/v2/sessions/${session}`)
  await call('GET', `${USER}/refresh-tokens`)
  await call('GET', `/api/v2/refresh-tokens?user_id=${encoded}`)
  await call('GET', `/api/v2/refresh-tokens/${refreshToken?.id}`)
  await call('DELETE', `/api/v2/refresh-tokens/${refreshToken?.id}`)
  await call('POST', '/api/v2/refresh-tokens/revoke', { user_id: ENTERPRISE_ID })
  await call('DELETE', `${USER}/refresh-tokens`)
  await call('DELETE', `/api/v2/sessions/${session}`)
  await call('POST', `/api/v2/sessions/${second}/revoke`)
  await call('DELETE', `${USER}/sessions`)
  await call('POST', `${USER}/revoke-access`)

  await call('GET', `/api/v2/device-credentials?user_id=${encoded}&type=rotating_refresh_token`)
  await call('GET', `/api/v2/device-credentials?user_id=${encoded}&type=refresh_token&include_totals=true`)
  await call('DELETE', '/api/v2/device-credentials/dcr_1')
  await call('GET', '/api/v2/connections?name=acme-okta')

  const triggers = [{ id: 'post-login', version: 'v3' }]
  const secrets = [{ name: 'KEY', value: 'v' }]
  const action = field(
    await call('POST', '/api/v2/actions/actions', { name: 'deny', supported_triggers: triggers, code: '', secrets }),
    'id',
  )
  await call('PATCH', `/api/v2/actions/actions/${action}`, { code: 'exports.onExecutePostLogin = async () => {}' })
  await call('POST', `/api/v2/actions/actions/${action}/deploy`)
  await call('GET', '/api/v2/actions/actions?actionName=deny')
  await call('GET', `/api/v2/actions/actions/${action}`)
  await call('GET', `/api/v2/actions/actions/${action}/versions`)
  await call('GET', '/api/v2/actions/triggers')
  const bindings = [{ ref: { type: 'action_name', value: 'deny' } }]
  await call('PATCH', '/api/v2/actions/triggers/post-login/bindings', { bindings })
  await call('GET', '/api/v2/actions/triggers/post-login/bindings')
  await call('DELETE', `/api/v2/actions/actions/${action}?force=true`)

  expect([...call.covered].sort()).toEqual(loadOpenApi('auth0').operations.sort())
})

test('errors carry the status and the errorCode of the Management API', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const nobody = await call('GET', '/api/v2/users/auth0%7Cnobody')
  const twice = await call('POST', '/api/v2/users', {
    connection: DATABASE,
    email: 'lena.park@acme.test',
    password: 'x',
  })
  const unknownField = await call('PATCH', USER, { blokked: true })
  const deepPage = await call('GET', '/api/v2/users?per_page=100&page=10')
  auth0.misbehave({ status: 429, times: 1 })
  const tooMany = await call('GET', USER)
  auth0.tokens.revoke()
  const revoked = await call('GET', USER)

  expect(nobody).toMatchObject({ status: 404, body: { errorCode: 'inexistent_user' } })
  expect(twice).toMatchObject({ status: 409, body: { errorCode: 'user_exists' } })
  expect(unknownField).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } })
  expect(deepPage).toMatchObject({ status: 400, body: { errorCode: 'invalid_paging' } })
  expect(tooMany).toMatchObject({ status: 429, body: { errorCode: 'too_many_requests', error: 'Too Many Requests' } })
  expect(revoked).toMatchObject({ status: 401, body: { statusCode: 401, error: 'Unauthorized' } })
})
