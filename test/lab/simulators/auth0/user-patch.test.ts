import { describe, expect, test } from 'vitest'
import { createAuth0User } from '../../../../lab/simulators/auth0/user.ts'
import { patchUser } from '../../../../lab/simulators/auth0/user-patch.ts'
import { DATABASE, DATABASE_LENA, ENTERPRISE_LENA } from '../../../support/tenant-clients.ts'

const database = { name: DATABASE, strategy: 'auth0' }
const enterprise = { name: 'acme-okta', strategy: 'okta' }
const user = createAuth0User(
  { ...DATABASE_LENA, app_metadata: { plan: 'team', okta: { id: '1', status: 'ACTIVE' } } },
  database,
)

describe('metadata', () => {
  test('a PATCH keeps the keys it does not name', () => {
    expect(patchUser(user, { app_metadata: { seat: 3 } }).app_metadata).toEqual({ ...user.app_metadata, seat: 3 })
  })

  test('a nested object replaces its predecessor whole', () => {
    const { app_metadata: after } = patchUser(user, { app_metadata: { okta: { status: 'SUSPENDED' } } })

    expect(after.okta).toEqual({ status: 'SUSPENDED' })
  })

  test('null deletes a key', () => {
    expect(patchUser(user, { app_metadata: { okta: null } }).app_metadata).toEqual({ plan: 'team' })
  })

  test('an empty object wipes everything', () => {
    expect(patchUser(user, { app_metadata: {} }).app_metadata).toEqual({})
  })

  test('user_metadata and app_metadata do not touch each other', () => {
    const after = patchUser(user, { user_metadata: {} })

    expect(after.app_metadata).toEqual(user.app_metadata)
  })

  test.each([
    ['a reserved name', { app_metadata: { blocked: true } }],
    ['a dot', { app_metadata: { 'okta.id': '1' } }],
    ['a dollar', { user_metadata: { $set: 1 } }],
  ])('a key with %s is refused', (_name, body) => {
    expect(() => patchUser(user, body)).toThrow(/Payload validation error/)
  })
})

test.each([
  ['an unknown attribute', { blokked: true }],
  ['a flag that is no boolean', { blocked: 'true' }],
  ['metadata that is null', { app_metadata: null }],
  ['metadata that is a list', { user_metadata: [] }],
])('%s is refused', (_name, body) => {
  expect(() => patchUser(user, body)).toThrow(/Payload validation error/)
})

test('null removes a root attribute', () => {
  expect(patchUser({ ...user, given_name: 'Lena' }, { given_name: null })).not.toHaveProperty('given_name')
})

test('a password reset through the API lifts an administrator block', () => {
  expect(patchUser({ ...user, blocked: true }, { password: 'new' }).blocked).toBe(false)
})

test('the e-mail of a database user is stored in lower case, that of an enterprise user cannot be changed', () => {
  expect(patchUser(user, { email: 'NEW@acme.test' }).email).toBe('new@acme.test')
  expect(() => patchUser(createAuth0User(ENTERPRISE_LENA, enterprise), { email: 'x@acme.test' })).toThrow(
    /cannot be updated/,
  )
})
