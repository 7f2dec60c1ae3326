import { expect, test } from 'vitest'
import { isJsonObject } from '../../../../lab/simulators/values.ts'
import type { JsonAnswer } from '../../../support/json-client.ts'
import { auth0WithClient, DATABASE, DATABASE_ID, ENTERPRISE_ID, field } from '../../../support/tenant-clients.ts'

const ids = ({ body }: JsonAnswer) =>
  Array.isArray(body) ? body.map((user) => (isJsonObject(user) ? user.user_id : undefined)) : []

const byEmail = (email: string) => `/api/v2/users-by-email?email=${encodeURIComponent(email)}`
const path = (userId: string) => `/api/v2/users/${encodeURIComponent(userId)}`

test('users-by-email goes by the letter: the database has lower case, the enterprise its own', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0

  expect(ids(await call('GET', byEmail('lena.park@acme.test')))).toEqual([DATABASE_ID])
  expect(ids(await call('GET', byEmail('Lena.Park@acme.test')))).toEqual([ENTERPRISE_ID])
  expect(ids(await call('GET', byEmail('LENA.PARK@acme.test')))).toEqual([])
})

test('search finds both, whatever the letter case', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0

  expect(ids(await call('GET', '/api/v2/users?q=email:"lena.PARK@acme.test"'))).toEqual([ENTERPRISE_ID, DATABASE_ID])
})

test('search lags behind, reading by id and by e-mail does not', async () => {
  const { auth0, call } = await auth0WithClient({ searchLagMs: Number.POSITIVE_INFINITY })
  await using _ = auth0
  await call('PATCH', path(DATABASE_ID), { app_metadata: { okta: { id: '00uA' } } })
  const query = '/api/v2/users?q=app_metadata.okta.id:"00uA"'
  const early = await call('GET', query)
  const read = await call('GET', path(DATABASE_ID))
  auth0.users.refreshSearchIndex()

  expect(ids(early)).toEqual([])
  expect(read.body).toMatchObject({ app_metadata: { okta: { id: '00uA' } } })
  expect(ids(await call('GET', query))).toEqual([DATABASE_ID])
})

test('pages count from zero and tell the total when asked', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0

  expect(ids(await call('GET', '/api/v2/users?per_page=1&page=1'))).toEqual([DATABASE_ID])
  expect((await call('GET', '/api/v2/users?per_page=1&include_totals=true')).body).toMatchObject({
    start: 0,
    limit: 1,
    length: 1,
    total: 2,
  })
  expect((await call('GET', '/api/v2/users?per_page=101')).status).toBe(400)
})

test('fields pick what is shown, or what is hidden', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const only = await call('GET', `${path(ENTERPRISE_ID)}?fields=user_id,email`)
  const without = await call('GET', `${path(ENTERPRISE_ID)}?fields=email&include_fields=false`)

  expect(only.body).toEqual({ user_id: ENTERPRISE_ID, email: 'Lena.Park@acme.test' })
  expect(without.body).not.toHaveProperty('email')
  expect(without.body).toHaveProperty('user_id')
})

test('a linked account is found under its primary only, and comes back when unlinked', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const linked = await call('POST', `${path(ENTERPRISE_ID)}/identities`, { provider: 'auth0', user_id: 'lena1' })
  const hidden = await call('GET', path(DATABASE_ID))
  await call('DELETE', `${path(ENTERPRISE_ID)}/identities/auth0/lena1`)
  const restored = await call('GET', path(DATABASE_ID))

  expect(linked.body).toMatchObject([{ provider: 'okta' }, { provider: 'auth0', user_id: 'lena1' }])
  expect(hidden.status).toBe(404)
  expect(restored.body).toMatchObject({ user_id: DATABASE_ID, email: 'lena.park@acme.test' })
})

test('only database users can be created, in lower case', async () => {
  const { auth0, call } = await auth0WithClient()
  await using _ = auth0
  const created = await call('POST', '/api/v2/users', { connection: DATABASE, email: 'New@Acme.test', password: 'x' })
  const enterprise = await call('POST', '/api/v2/users', {
    connection: 'acme-okta',
    email: 'a@acme.test',
    password: 'x',
  })

  expect(field(created, 'email')).toBe('new@acme.test')
  expect(enterprise.status).toBe(400)
})

test('deleting somebody twice is fine, and their sessions end with them', async () => {
  const { auth0, call, login } = await auth0WithClient()
  await using _ = auth0
  await login({ user_id: DATABASE_ID })
  const first = await call('DELETE', path(DATABASE_ID))
  const second = await call('DELETE', path(DATABASE_ID))

  expect([first.status, second.status]).toEqual([204, 204])
  expect(auth0.sessions.ofUser(DATABASE_ID)).toEqual([])
  expect(auth0.sessions.refreshTokens()).toEqual([])
})
