import { expect, test } from 'vitest'
import { auth0WithClient, DATABASE_ID, ENTERPRISE_ID, field } from '../../../support/tenant-clients.ts'

const REVOKE = `/api/v2/users/${encodeURIComponent(ENTERPRISE_ID)}/revoke-access`

async function loggedIn(...options: Parameters<typeof auth0WithClient>) {
  const fixture = await auth0WithClient(...options)
  const lena = await fixture.login({ user_id: ENTERPRISE_ID })
  const other = await fixture.login({ user_id: DATABASE_ID })
  const alive = async (answer: typeof lena) => ({
    session: (await fixture.login({ mode: 'silent', session: field(answer, 'session_id') })).status === 200,
    refresh: (await fixture.exchange(field(answer, 'refresh_token'))).status === 200,
  })
  return { ...fixture, lena, other, alive }
}

test('revoking access ends sessions and refresh tokens of that user alone', async () => {
  const at = await loggedIn()
  await using _ = at.auth0
  const before = await at.alive(at.lena)
  const answer = await at.call('POST', REVOKE, {})

  expect(before).toEqual({ session: true, refresh: true })
  expect(answer).toMatchObject({ status: 202, body: undefined })
  expect(await at.alive(at.lena)).toEqual({ session: false, refresh: false })
  expect(await at.alive(at.other)).toEqual({ session: true, refresh: true })
})

test('revoking access can spare the refresh tokens, or the other sessions', async () => {
  const at = await loggedIn()
  await using _ = at.auth0
  const second = await at.login({ user_id: ENTERPRISE_ID })
  await at.call('POST', REVOKE, { session_id: field(at.lena, 'session_id'), preserve_refresh_tokens: true })

  expect(await at.alive(at.lena)).toEqual({ session: false, refresh: true })
  expect(await at.alive(second)).toEqual({ session: true, refresh: true })
})

test('ending a session leaves its refresh tokens, revoking it does not', async () => {
  const at = await loggedIn()
  await using _ = at.auth0
  await at.call('DELETE', `/api/v2/sessions/${field(at.lena, 'session_id')}`)
  await at.call('POST', `/api/v2/sessions/${field(at.other, 'session_id')}/revoke`)

  expect(await at.alive(at.lena)).toEqual({ session: false, refresh: true })
  expect(await at.alive(at.other)).toEqual({ session: false, refresh: false })
})

test('a plan without sessions answers 403 that does not speak of scopes', async () => {
  const at = await loggedIn({ enterprise: false })
  await using _ = at.auth0
  const answer = await at.call('POST', REVOKE, {})

  expect(answer.status).toBe(403)
  expect(field(answer, 'errorCode')).not.toBe('insufficient_scope')
  expect(await at.alive(at.lena)).toEqual({ session: true, refresh: true })
})

test('revoking needs both scopes', async () => {
  const scopes = ['read:users', 'delete:sessions']
  const at = await loggedIn({ clients: [{ clientId: 'c', clientSecret: 's', scopes }] })
  await using _ = at.auth0

  expect(await at.call('POST', REVOKE, {})).toMatchObject({ status: 403, body: { errorCode: 'insufficient_scope' } })
})
