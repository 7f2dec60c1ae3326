import { expect, test } from 'vitest'
import { z } from 'zod'
import { startZendeskTenant } from '../../../../lab/simulators/zendesk/server.ts'
import { staffRole } from '../../../connectors/zendesk-bench.ts'

// There is no OpenAPI document of Zendesk's in any package: the tables of its documentation, written down.

const id = z.number().int()
const time = z.iso.datetime()

/** https://developer.zendesk.com/api-reference/ticketing/users/users/#json-format */
const user = z.strictObject({
  id,
  url: z.url(),
  name: z.string(),
  email: z.string().nullable(),
  created_at: time,
  updated_at: time,
  time_zone: z.string(),
  iana_time_zone: z.string(),
  phone: z.string().nullable(),
  shared_phone_number: z.boolean().nullable(),
  photo: z.object({}).nullable(),
  locale_id: id,
  locale: z.string(),
  organization_id: id.nullable(),
  role: z.enum(['end-user', 'agent', 'admin']),
  verified: z.boolean(),
  external_id: z.string().nullable(),
  tags: z.array(z.string()),
  alias: z.string().nullable(),
  active: z.boolean(),
  shared: z.boolean(),
  shared_agent: z.boolean(),
  last_login_at: time.nullable(),
  two_factor_auth_enabled: z.boolean().nullable(),
  signature: z.string().nullable(),
  details: z.string().nullable(),
  notes: z.string().nullable(),
  role_type: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]).nullable(),
  custom_role_id: id.nullable(),
  moderator: z.boolean(),
  ticket_restriction: z.enum(['organization', 'groups', 'assigned', 'requested']).nullable(),
  only_private_comments: z.boolean(),
  restricted_agent: z.boolean(),
  suspended: z.boolean(),
  default_group_id: id.nullable(),
  report_csv: z.boolean(),
  user_fields: z.record(z.string(), z.unknown()),
})

/** https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/#json-format */
const role = z.strictObject({
  id,
  name: z.string(),
  description: z.string(),
  role_type: id,
  created_at: time,
  updated_at: time,
  configuration: z.record(z.string(), z.unknown()),
})

const listed = { next_page: z.string().nullable(), previous_page: z.string().nullable(), count: id }
const oneUser = z.strictObject({ user })
const search = z.strictObject({ users: z.array(user), ...listed })
const roles = z.strictObject({ custom_roles: z.array(role), ...listed })

/** https://developer.zendesk.com/api-reference/introduction/requests/#400-range */
const refusal = z.strictObject({
  error: z.string(),
  description: z.string(),
  details: z.record(z.string(), z.array(z.object({ description: z.string(), error: z.string() }))).optional(),
})

async function tenantWithClient(options: Parameters<typeof startZendeskTenant>[0] = {}) {
  const tenant = await startZendeskTenant({ users: [{ id: 7, email: 'ada.kern@acme.example' }], ...options })
  const call = async (method: string, path: string, body?: unknown, token = tenant.credentials.oauthToken) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
    const response = await fetch(`${tenant.url}/api/v2${path}`, init)
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  return { tenant, call }
}

test('every operation answers in the shape of Zendesk’s documentation', async () => {
  const { tenant, call } = await tenantWithClient({ roles: [staffRole] })
  await using _ = tenant
  const answers = [
    { schema: oneUser, status: 200, answer: await call('GET', '/users/me') },
    { schema: oneUser, status: 200, answer: await call('GET', '/users/7') },
    { schema: search, status: 200, answer: await call('GET', '/users/search?query=email:%22ada.kern@acme.example%22') },
    {
      schema: oneUser,
      status: 201,
      answer: await call('POST', '/users', { user: { name: 'New', email: 'n@acme.example' } }),
    },
    {
      schema: oneUser,
      status: 200,
      answer: await call('PUT', '/users/7', { user: { role: 'agent', custom_role_id: 502 } }),
    },
    { schema: roles, status: 200, answer: await call('GET', '/custom_roles') },
  ]
  for (const { schema, status, answer } of answers) {
    expect(answer.status).toBe(status)
    expect(schema.parse(answer.body)).toEqual(answer.body)
  }
})

test('every refusal has Zendesk’s shape, and a limit says when to come back', async () => {
  const { tenant, call } = await tenantWithClient({ seats: 1 })
  await using _ = tenant
  const refused = [
    [401, await call('GET', '/users/me', undefined, 'wrong')],
    [404, await call('GET', '/users/12345')],
    [404, await call('GET', '/custom_roles')],
    [422, await call('PUT', '/users/7', { user: { role: 'agent' } })],
    [422, await call('POST', '/users', { user: { name: 'Ada', email: 'Ada.Kern@acme.example' } })],
    [422, await call('POST', '/users', { user: { email: 'x@acme.example' } })],
  ] as const
  tenant.misbehave({ status: 429, resetSeconds: 9 })
  const limited = await call('GET', '/users/me')
  for (const [status, answer] of [...refused, [429, limited] as const]) {
    expect(answer.status).toBe(status)
    expect(refusal.parse(answer.body)).toEqual(answer.body)
  }
  expect(limited.headers.get('retry-after')).toBe('9')
})

test('the search finds by a second e-mail too, and lags behind when told to', async () => {
  const { tenant, call } = await tenantWithClient({
    users: [{ id: 7, email: 'ada@acme.example', otherEmails: ['ada.kern@acme.example'] }],
    searchLagMs: Number.POSITIVE_INFINITY,
  })
  await using _ = tenant
  const query = '/users/search?query=email:%22ada.kern@acme.example%22'
  expect((await call('GET', query)).body).toMatchObject({ count: 1, users: [{ id: 7, email: 'ada@acme.example' }] })
  await call('POST', '/users', { user: { name: 'New', email: 'new@acme.example' } })
  const late = '/users/search?query=email:%22new@acme.example%22'
  expect((await call('GET', late)).body).toMatchObject({ count: 0 })
  tenant.users.refreshSearchIndex()
  expect((await call('GET', late)).body).toMatchObject({ count: 1 })
})
