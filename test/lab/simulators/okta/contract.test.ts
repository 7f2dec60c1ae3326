import { expect, test } from 'vitest'
import { makeEventHook } from '../../../../lab/environment.ts'
import { startHookEndpoint } from '../../../support/hook-endpoint.ts'
import { loadOpenApi } from '../../../support/openapi.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const USER = `/api/v1/users/${LENA.id}`

test("an answer that breaks Okta's document is noticed", () => {
  const { problems } = loadOpenApi('okta')
  const get = { method: 'GET', path: USER, status: 200 }

  expect(problems({ ...get, body: { id: 7 } })).toContain('get /api/v1/users/{id} 200 /id must be string')
  expect(problems({ ...get, body: { idd: 'x' } })).toHaveLength(1)
  expect(problems({ ...get, status: 418, body: {} })).toEqual(['get /api/v1/users/{id} does not answer 418'])
  expect(problems({ ...get, path: '/api/v1/nowhere', body: {} })).toHaveLength(1)
})

test("every operation answers 2xx in the shape of Okta's document", async () => {
  await using endpoint = await startHookEndpoint()
  const { okta, call } = await oktaWithClient()
  await using _ = okta

  await call('GET', '/api/v1/org')
  await call('POST', '/api/v1/users?activate=false', { profile: { ...LENA.profile, login: 'new@acme.test' } })
  await call('GET', '/api/v1/users/me')
  await call('POST', USER, { profile: { department: 'Sales' } })
  for (const verb of ['suspend', 'unsuspend', 'expire_password', 'reset_password']) {
    await call('POST', `${USER}/lifecycle/${verb}`)
  }
  await call('POST', `${USER}/lifecycle/reset_password?sendEmail=false`)
  await call('POST', `${USER}/lifecycle/reactivate?sendEmail=false`)
  await call('POST', `${USER}/lifecycle/deactivate`)
  await call('POST', `${USER}/lifecycle/activate`)
  okta.users.transition(LENA.id, 'lock')
  await call('POST', `${USER}/lifecycle/unlock`)
  await call('GET', USER)
  await call('DELETE', USER)
  await call('GET', '/api/v1/users?filter=status eq "DEPROVISIONED"')

  okta.groups.seed({ id: '00gcontract', name: 'Billing', roles: ['HELP_DESK_ADMIN'] })
  okta.applications.seed({ id: '0oacontract', label: 'CRM' })
  const someone = okta.users.seed({ profile: { ...LENA.profile, login: 'someone@acme.test' } })
  await call('PUT', `/api/v1/groups/00gcontract/users/${someone.id}`)
  for (const path of ['00gcontract', '00gcontract/users', '00gcontract/roles'])
    await call('GET', `/api/v1/groups/${path}`)
  await call('GET', `/api/v1/users/${someone.id}/groups`)
  await call('DELETE', `/api/v1/groups/00gcontract/users/${someone.id}`)
  await call('POST', '/api/v1/apps/0oacontract/users', { id: someone.id, scope: 'USER' })
  const ofApp = ['0oacontract', '0oacontract/users', `0oacontract/users/${someone.id}`]
  for (const path of ofApp) await call('GET', `/api/v1/apps/${path}`)
  await call('GET', `/api/v1/users/${someone.id}/appLinks`)
  await call('DELETE', `/api/v1/apps/0oacontract/users/${someone.id}`)

  const { id } = okta.hooks.create(makeEventHook({ url: endpoint.url, types: ['user.lifecycle.suspend'] }))
  await call('POST', '/api/v1/eventHooks', makeEventHook({ url: endpoint.url, types: ['user.lifecycle.suspend'] }))
  await call('GET', '/api/v1/eventHooks')
  await call('GET', `/api/v1/eventHooks/${id}`)
  await call(
    'PUT',
    `/api/v1/eventHooks/${id}`,
    makeEventHook({ url: endpoint.url, types: ['user.lifecycle.activate'] }),
  )
  for (const verb of ['verify', 'deactivate', 'activate', 'deactivate']) {
    await call('POST', `/api/v1/eventHooks/${id}/lifecycle/${verb}`)
  }
  await call('DELETE', `/api/v1/eventHooks/${id}`)
  await call('GET', '/api/v1/logs')

  expect([...call.covered].sort()).toEqual(loadOpenApi('okta').operations.sort())
})

test('errors carry the code that Okta documents', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const stranger = await call('GET', '/api/v1/users/00unobody')
  const strangerHook = await call('GET', '/api/v1/eventHooks/whonobody')
  const badHook = await call('POST', '/api/v1/eventHooks', { name: '' })
  const alreadyActive = await call('POST', `${USER}/lifecycle/activate`)
  okta.misbehave({ status: 429, times: 1 })
  const tooMany = await call('GET', USER)
  okta.misbehave({ status: 500, times: 1 })
  const broken = await call('GET', USER)
  okta.credentials.revoke(okta.token)
  const unknownToken = await call('GET', USER)

  expect(stranger).toMatchObject({
    status: 404,
    body: { errorCode: 'E0000007', errorSummary: 'Not found: Resource not found: 00unobody (User)' },
  })
  expect(strangerHook).toMatchObject({ status: 404, body: { errorCode: 'E0000007' } })
  expect(badHook).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
  expect(alreadyActive).toMatchObject({ status: 403, body: { errorCode: 'E0000016' } })
  expect(tooMany).toMatchObject({ status: 429, body: { errorCode: 'E0000047' } })
  expect(broken).toMatchObject({ status: 500, body: { errorCode: 'E0000009' } })
  expect(unknownToken).toMatchObject({ status: 401, body: { errorCode: 'E0000011' } })
})

test('an unknown path is a 404 that does not look like an unknown user', async () => {
  const { okta } = await oktaWithClient()
  await using _ = okta
  const response = await fetch(`${okta.url}/api/v1/userz/${LENA.id}`)

  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ errorCode: 'E0000008' })
})
