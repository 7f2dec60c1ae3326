import { describe, expect, it } from 'vitest'
import { PermanentError } from '../../../src/index.ts'
import { database, person, startBench } from '../../../test/connectors/auth0-bench.ts'

const users = [{ connection: database, id: 'jane', email: 'jane.doe@acme.example' }]

/** A tenant that answers a read of a user with these fields in place of its own. */
function answerWith(fields: Record<string, unknown>): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const isRead = (init?.method ?? 'GET') === 'GET' && /\/users\/[^/?]+(\?|$)/.test(String(input))
    if (!isRead || !response.ok) return response
    const user = (await response.json()) as Record<string, unknown>
    const isWritten = user.blocked === true
    return Response.json(isWritten ? user : { ...user, ...fields }, { headers: response.headers })
  }
}

describe('an Auth0 user of an odd shape', () => {
  it.each([
    [
      'nulls where a value may be missing',
      { blocked: null, user_metadata: null, app_metadata: null, identities: null },
    ],
    [
      'an identity without fields, a null and a text among its identities',
      { identities: [{}, null, 'odd', { provider: null }] },
    ],
    [
      'foreign shapes where nothing is decided',
      { user_metadata: 'text', app_metadata: [], identities: [{ profileData: 7, user_id: {} }] },
    ],
  ])('is locked though it has %s (case 22)', async (_, fields) => {
    await using bench = await startBench({ tenant: { users }, fetch: answerWith(fields) })
    await bench.run(person('deny'))
    expect(bench.tenant.users.get('auth0|jane')).toMatchObject({
      blocked: true,
      app_metadata: { okta: { deactivated: true } },
    })
  })

  it.each([
    ['blocked', { blocked: 'no' }],
    ['identities', { identities: 'none' }],
    ['user_id', { user_id: null }],
  ])(
    'is not guessed at when %s has an unknown shape, and that is no permanent failure (case 22)',
    async (field, fields) => {
      await using bench = await startBench({ tenant: { users }, fetch: answerWith(fields) })
      const error: unknown = await bench.run(person('deny')).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(PermanentError)
      expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining(field) })
    },
  )
})
