import { expect, test } from 'vitest'
import type { OktaTenantOptions } from '../../../../lab/simulators/okta/server.ts'
import type { JsonAnswer } from '../../../support/json-client.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const BILLING = '00gbilling'
const CRM = '0oacrm'
const access: OktaTenantOptions = {
  groups: [
    { id: BILLING, name: 'Billing' },
    { id: '00gimported', name: 'From a directory', type: 'APP_GROUP' },
    { id: '00geveryone', name: 'Everyone', type: 'BUILT_IN', members: [LENA.id] },
  ],
  applications: [{ id: CRM, label: 'CRM', groups: [BILLING] }],
}
const member = (group = BILLING) => `/api/v1/groups/${group}/users/${LENA.id}`
const appUser = `/api/v1/apps/${CRM}/users/${LENA.id}`

test('what is not there is a 404 that names its kind', async () => {
  const { okta, call } = await oktaWithClient(access)
  await using _ = okta
  const summary = async (method: string, path: string) => {
    const { status, body } = await call(method, path)
    return { status, ...(body as { errorCode: string; errorSummary: string }) }
  }

  expect(await summary('PUT', '/api/v1/groups/00gnone/users/x')).toMatchObject({
    status: 404,
    errorCode: 'E0000007',
    errorSummary: 'Not found: Resource not found: 00gnone (UserGroup)',
  })
  expect(await summary('PUT', `/api/v1/groups/${BILLING}/users/00unone`)).toMatchObject({
    status: 404,
    errorSummary: expect.stringContaining('00unone (User)'),
  })
  expect(await summary('GET', '/api/v1/apps/0oanone')).toMatchObject({ errorSummary: expect.stringContaining('(App') })
  expect(await summary('GET', appUser)).toMatchObject({
    status: 404,
    errorSummary: expect.stringContaining('(AppUser)'),
  })
})

test('members of imported and built-in groups cannot be changed', async () => {
  const { okta, call } = await oktaWithClient(access)
  await using _ = okta
  const add = await call('PUT', member('00gimported'))
  const remove = await call('DELETE', member('00geveryone'))

  expect([add.status, remove.status]).toEqual([403, 403])
  expect(okta.groups.ofUser(LENA.id).map(({ id }) => id)).toEqual(['00geveryone'])
})

test('an application that a group gives cannot be taken from the person', async () => {
  const { okta, call } = await oktaWithClient(access)
  await using _ = okta
  await call('PUT', member())

  expect((await call('GET', appUser)).body).toMatchObject({ scope: 'GROUP' })
  expect(await call('DELETE', appUser)).toMatchObject({ status: 403, body: { errorCode: 'E0000046' } })
  await call('DELETE', member())
  expect((await call('GET', appUser)).status).toBe(404)
})

test('a change is one event, and a repetition is none', async () => {
  const { okta, call } = await oktaWithClient(access)
  await using _ = okta
  for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE']) {
    expect((await call(method, member())).status).toBe(204)
  }
  for (const _again of [1, 2]) await call('POST', `/api/v1/apps/${CRM}/users`, { id: LENA.id, scope: 'USER' })
  await call('DELETE', appUser)

  const events = okta.log.query({}).events
  expect(events.map(({ eventType }) => eventType)).toEqual([
    'group.user_membership.add',
    'group.user_membership.remove',
    'application.user_membership.add',
    'application.user_membership.remove',
  ])
  expect(events[0]?.target.map(({ type }) => type)).toEqual(['User', 'UserGroup'])
  expect(events[2]?.target.map(({ type }) => type)).toEqual(['AppUser', 'AppInstance', 'User'])
})

test.each([
  ['okta.groups.read', 'GET', '/api/v1/groups/00gbilling/roles'],
  ['okta.groups.read', 'PUT', member()],
  ['okta.apps.read', 'DELETE', appUser],
  ['okta.roles.manage', 'GET', '/api/v1/groups/00gbilling'],
])('%s does not allow %s %s', async (scope, method, path) => {
  const { okta, call } = await oktaWithClient({ ...access, tokens: [{ value: 'weak', scopes: [scope] }] })
  await using _ = okta

  expect(await call(method, path)).toMatchObject({ status: 403, body: { errorCode: 'E0000006' } })
})

test("a person's groups come in pages", async () => {
  const groups = Array.from({ length: 5 }, (_, i) => ({ id: `00g${i}`, name: `Group ${i}`, members: [LENA.id] }))
  const { okta, call } = await oktaWithClient({ groups, pageSize: 2 })
  await using _ = okta
  const ids: string[] = []
  let path: string | undefined = `/api/v1/users/${LENA.id}/groups`
  while (path !== undefined) {
    const { headers, body }: JsonAnswer = await call('GET', path)
    ids.push(...(body as { id: string }[]).map(({ id }) => id))
    path = /<[^>]*(\/api\/v1\/[^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }

  expect(ids).toEqual(groups.map(({ id }) => id))
})
