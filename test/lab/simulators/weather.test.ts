import { expect, test } from 'vitest'
import { LENA, oktaWithClient } from '../../support/tenant-clients.ts'

const USER = `/api/v1/users/${LENA.id}`
const SUSPEND = `${USER}/lifecycle/suspend`

test('a rule applies to the requests that match it, for as many as it says', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  okta.misbehave({ method: 'GET', path: '/api/v1/users', status: 500, times: 2 })
  const statuses = []
  for (const path of ['/api/v1/eventHooks', USER, USER, USER]) statuses.push((await call('GET', path)).status)

  expect(statuses).toEqual([200, 500, 500, 200])
})

test('a rule can be taken back, or all of them at once', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const end = okta.misbehave({ status: 500 })
  okta.misbehave({ status: 429 })
  const first = await call('GET', USER)
  end()
  const second = await call('GET', USER)
  okta.calm()
  const third = await call('GET', USER)

  expect([first.status, second.status, third.status]).toEqual([500, 429, 200])
})

test('a 429 tells when to come back', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  okta.misbehave({ status: 429, resetSeconds: 90, times: 1 })
  const { headers } = await call('GET', USER)
  const inSeconds = Number(headers.get('x-rate-limit-reset')) - Date.now() / 1000

  expect(headers.get('x-rate-limit-remaining')).toBe('0')
  expect(Math.round(inSeconds / 10)).toBe(9)
})

test.each([
  ['before', 'ACTIVE'],
  ['midway', 'SUSPENDED'],
  ['after', 'SUSPENDED'],
] as const)('a connection cut %s the work leaves the user %s and the caller with an error', async (cut, status) => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  okta.misbehave({ path: SUSPEND, cut, times: 1 })

  await expect(call('POST', SUSPEND)).rejects.toThrow()
  expect(okta.users.get(LENA.id).status).toBe(status)
  expect(okta.calls.at(-1)).toMatchObject({ path: SUSPEND, status: 0 })
})

test('an answer cut midway is half there', async () => {
  const { okta } = await oktaWithClient()
  await using _ = okta
  okta.misbehave({ path: USER, cut: 'midway', times: 1 })
  const response = await fetch(`${okta.url}${USER}`, { headers: { authorization: `SSWS ${okta.token}` } })

  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow()
})

test.each([
  ['delayMs', 'ACTIVE'],
  ['lateMs', 'SUSPENDED'],
] as const)('when a caller gives up on %s, the user is %s', async (kind, status) => {
  const { okta } = await oktaWithClient()
  await using _ = okta
  okta.misbehave({ path: SUSPEND, [kind]: 300, times: 1 })
  const headers = { authorization: `SSWS ${okta.token}` }
  const signal = AbortSignal.timeout(100)

  await expect(fetch(`${okta.url}${SUSPEND}`, { method: 'POST', headers, signal })).rejects.toThrow()
  expect(okta.users.get(LENA.id).status).toBe(status)
})

test('the call log keeps method, decoded path, query, body and status', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  await call('GET', '/api/v1/users/lena.park%40acme.test?expand=blocks')
  await call('POST', USER, { profile: { title: 'Chief' } })

  expect(okta.calls).toMatchObject([
    { method: 'GET', path: '/api/v1/users/lena.park@acme.test', query: { expand: 'blocks' }, status: 200 },
    { method: 'POST', path: USER, query: {}, body: { profile: { title: 'Chief' } }, status: 200 },
  ])
})
