import { expect, test } from 'vitest'
import { auth0WithClient, ENTERPRISE_ID, managementToken } from '../../../support/tenant-clients.ts'

const USER = `/api/v2/users/${encodeURIComponent(ENTERPRISE_ID)}`
const MEMBER = `/api/v2/organizations/org_acme/members/${encodeURIComponent(ENTERPRISE_ID)}`
const roles = [
  { id: 'rol_reader', name: 'Reader' },
  { id: 'rol_writer', name: 'Writer' },
]
const organizations = [{ id: 'org_acme', name: 'acme', members: [ENTERPRISE_ID] }]
const SET_CLAIM = `exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://acme.test/roles', event.authorization.roles)
  api.accessToken.setCustomClaim('https://acme.test/org', event.organization?.id ?? null)
}`

test('a list of roles with one that does not exist changes nothing', async () => {
  const { auth0, call } = await auth0WithClient({ roles })
  await using _ = auth0

  expect(await call('POST', `${USER}/roles`, { roles: ['rol_reader', 'rol_none'] })).toMatchObject({ status: 404 })
  expect((await call('GET', `${USER}/roles`)).body).toEqual([])
})

test('a role twice is there once, and what is not there can be taken away', async () => {
  const { auth0, call } = await auth0WithClient({ roles })
  await using _ = auth0
  await call('POST', `${USER}/roles`, { roles: ['rol_reader'] })
  await call('POST', `${USER}/roles`, { roles: ['rol_reader'] })

  expect((await call('GET', `${USER}/roles`)).body).toEqual([expect.objectContaining({ id: 'rol_reader' })])
  expect((await call('DELETE', `${USER}/roles`, { roles: ['rol_writer'] })).status).toBe(204)
  expect((await call('POST', `${USER}/roles`, { roles: [] })).status).toBe(400)
})

test('the roles of a user are shown to who may read users, roles and role members alone', async () => {
  const scopes = ['read:users', 'read:roles']
  const { auth0, call } = await auth0WithClient({ roles, clients: [{ clientId: 'a', clientSecret: 'b', scopes }] })
  await using _ = auth0

  expect(await managementToken(auth0)).not.toBe('')
  expect(await call('GET', `${USER}/roles`)).toMatchObject({ status: 403, body: { errorCode: 'insufficient_scope' } })
})

test('a role within an organization needs a member, and goes with the membership', async () => {
  const { auth0, call } = await auth0WithClient({ roles, organizations })
  await using _ = auth0
  await call('POST', `${MEMBER}/roles`, { roles: ['rol_writer'] })
  await call('DELETE', '/api/v2/organizations/org_acme/members', { members: [ENTERPRISE_ID] })
  const outside = await call('POST', `${MEMBER}/roles`, { roles: ['rol_writer'] })
  await call('POST', '/api/v2/organizations/org_acme/members', { members: [ENTERPRISE_ID] })

  expect(outside.status).toBe(400)
  expect((await call('GET', `${MEMBER}/roles`)).body).toEqual([])
})

test('lists come in pages', async () => {
  const { auth0, call } = await auth0WithClient({ roles })
  await using _ = auth0

  expect((await call('GET', '/api/v2/roles?per_page=1&page=1&include_totals=true')).body).toEqual({
    start: 1,
    limit: 1,
    total: 2,
    roles: [expect.objectContaining({ id: 'rol_writer' })],
  })
})

test('a login through an organization hands the roles within it to the Action, another the tenant-wide ones', async () => {
  const { auth0, call, login, exchange } = await auth0WithClient({
    roles,
    organizations,
    actions: [{ name: 'claims', code: SET_CLAIM }],
  })
  await using _ = auth0
  await call('POST', `${USER}/roles`, { roles: ['rol_reader'] })
  await call('POST', `${MEMBER}/roles`, { roles: ['rol_writer'] })
  const claims = (roleNames: string[], organization: string | null) => ({
    claims: {
      id_token: { 'https://acme.test/roles': roleNames },
      access_token: { 'https://acme.test/org': organization },
    },
  })

  expect((await login({ user_id: ENTERPRISE_ID })).body).toMatchObject(claims(['Reader'], null))
  const inside = await login({ user_id: ENTERPRISE_ID, organization: 'acme' })
  expect(inside.body).toMatchObject(claims(['Writer'], 'org_acme'))
  await exchange((inside.body as { refresh_token: string }).refresh_token)
  expect(auth0.logins.at(-1)).toMatchObject({ mode: 'refresh', ...claims(['Writer'], 'org_acme') })
})

test('who is no member does not get in through the organization', async () => {
  const { auth0, login } = await auth0WithClient({ organizations: [{ id: 'org_acme', name: 'acme' }] })
  await using _ = auth0

  expect(await login({ user_id: ENTERPRISE_ID, organization: 'org_acme' })).toMatchObject({
    status: 403,
    body: { error: 'access_denied', actions_run: [] },
  })
})
