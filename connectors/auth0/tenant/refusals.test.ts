import { describe, expect, it } from 'vitest'
import { CredentialError, MissingRightError, PermanentError, RetryAfterError } from '../../../src/index.ts'
import { makeLimitedFetch } from '../../../src/outbound/limited-fetch.ts'
import { countCalls, database, hubObject, person, startBench } from '../../../test/connectors/auth0-bench.ts'
import { apply } from '../lockout/apply.ts'

const jane = { connection: database, id: 'jane', email: 'jane.doe@acme.example' }
const users = [jane]
const clientWith = (...scopes: string[]) => [{ clientId: 'hub', clientSecret: 'very-secret-value', scopes }]
const allScopes = [
  'read:users',
  'update:users',
  'update:users_app_metadata',
  'delete:sessions',
  'delete:refresh_tokens',
]
const revoke = { direction: 'deny', action: 'revoke_access', target: 'auth0|jane', summary: '', owed: true } as const

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('when Auth0 refuses', () => {
  it('calls a wrong secret a wrong credential, and repeats no part of it', async () => {
    await using bench = await startBench({ tenant: { users }, settings: { AUTH0_CLIENT_SECRET: 'stale-secret-value' } })
    const error = await failureOf(bench.plan(person('deny')))
    expect(error).toBeInstanceOf(CredentialError)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('stale-secret-value')
  })

  it('calls a revoked token a wrong credential', async () => {
    await using bench = await startBench({ tenant: { users } })
    await bench.plan(person('deny'))
    bench.tenant.tokens.revoke()
    expect(await failureOf(bench.plan(person('deny')))).toBeInstanceOf(CredentialError)
  })

  it.each([
    ['read', 'update:users'],
    ['write', 'read:users'],
  ])('calls a missing right to %s users a wrong credential', async (_, scope) => {
    await using bench = await startBench({ tenant: { users, clients: clientWith(scope) } })
    expect(await failureOf(bench.run(person('deny')))).toBeInstanceOf(CredentialError)
  })

  it('calls a missing right to revoke a missing right, after the flag is written', async () => {
    await using bench = await startBench({ tenant: { users, clients: clientWith('read:users', 'update:users') } })
    expect(await failureOf(bench.run(person('deny')))).toBeInstanceOf(MissingRightError)
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(true)
  })

  it.each(['deny', 'revoke_access'])(
    'sends no %s once the lane is lost, though it had to get a token first',
    async (action) => {
      await using bench = await startBench({ tenant: { users } })
      const after = { app_metadata: { okta: hubObject() }, blocked: true }
      const change =
        action === 'deny' ? ({ direction: 'deny', action, target: 'auth0|jane', summary: '', after } as const) : revoke
      const lost = new AbortController()
      bench.tenant.misbehave({ path: '/oauth/token', delayMs: 200 })
      const applying = failureOf(apply({ change, client: bench.client, signal: lost.signal }))
      setTimeout(() => lost.abort(new Error('the lease has ended')), 50)
      expect(await applying).toBeInstanceOf(Error)
      expect(countCalls(bench.tenant)).toEqual({})
    },
  )

  it('claims no logout on a plan that has none, and says what was tried instead', async () => {
    await using bench = await startBench({ tenant: { users, enterprise: false } })
    const { notes, left } = await bench.run(person('deny'))
    expect(left).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^Not on this plan .*sessions were not ended/)])
    expect(countCalls(bench.tenant)).toMatchObject({ 'GET /device-credentials': 2 })
  })

  it('takes a user who is gone by the time of the write as done', async () => {
    await using bench = await startBench({ tenant: { users } })
    const { changes } = await bench.plan(person('deny'))
    bench.tenant.users.remove('auth0|jane')
    const [deny] = changes
    if (!deny) throw new Error('nothing was planned')
    expect(await apply({ change: deny, client: bench.client })).toEqual({
      note: expect.stringContaining('no such user'),
    })
    const again = await bench.plan(person('deny', { links: ['auth0|jane'] }), ['auth0|jane'])
    expect(again.changes).toEqual([])
  })
})

describe('when Auth0 asks to wait', () => {
  it('waits out a limit that ends within a second, for writes too', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ method: 'PATCH', status: 429, resetSeconds: 0, times: 2 })
    const { left } = await bench.run(person('deny'))
    expect(left).toEqual([])
    expect(countCalls(bench.tenant)['PATCH /users/:id']).toBe(3)
  })

  it('comes back when Auth0 says, if that is further away', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: '/api/v2/users', status: 429, resetSeconds: 40 })
    const error = await failureOf(bench.plan(person('deny')))
    expect(error).toBeInstanceOf(RetryAfterError)
    const seconds = error instanceof RetryAfterError ? error.retryAfterSeconds : 0
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThanOrEqual(42)
    expect(countCalls(bench.tenant)['GET /users/:id'] ?? 0).toBeLessThanOrEqual(2)
  })

  it('locks a person out within the limits of the free plan', async () => {
    await using bench = await startBench({ tenant: { users, rateLimit: { burst: 2, perSecond: 2 } } })
    const { left } = await bench.run(person('deny'))
    expect(left).toEqual([])
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(true)
  })
})

describe('when the way to Auth0 is bad', () => {
  it('locks known users though a search fails, and still ends in a failure', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: /^\/api\/v2\/users$/, status: 503 })
    const { changes } = await bench.plan(person('deny', { links: ['auth0|jane'] }))
    expect(changes.map(({ action }) => action)).toEqual(['deny', 'revoke_access', 'look_again'])
    for (const change of changes.slice(0, 2)) await apply({ change, client: bench.client })
    expect(bench.tenant.users.get('auth0|jane').blocked).toBe(true)

    const [lookAgain] = changes.slice(2)
    if (!lookAgain) throw new Error('nothing was left to look at')
    await expect(async () => apply({ change: lookAgain, client: bench.client })).rejects.toThrow('503')
    const verifying = await bench.plan(
      person('deny'),
      changes.map(({ target }) => target),
    )
    expect(verifying.changes).toEqual([])
  })

  it('locks one user though another cannot be read', async () => {
    const other = { ...jane, id: 'other' }
    await using bench = await startBench({ tenant: { users: [jane, other] } })
    bench.tenant.misbehave({ path: '/api/v2/users/auth0|other', status: 500 })
    const { changes } = await bench.plan(person('deny'))
    expect(changes.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'deny auth0|jane',
      'revoke_access auth0|jane',
      'look_again auth0|other',
    ])
  })

  it('throws what failed when there is nothing else to do', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: /^\/api\/v2\/users$/, status: 503 })
    await bench.run(person('deny', { links: ['auth0|jane'] })).catch(() => undefined)
    const error = await failureOf(bench.plan(person('deny', { links: ['auth0|jane'] })))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
  })

  it('reads again on a cut connection', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ path: '/api/v2/users/auth0|jane', cut: 'midway', times: 1 })
    bench.tenant.misbehave({ path: '/api/v2/users-by-email', cut: 'before', times: 1 })
    const { changes } = await bench.plan(person('deny'))
    expect(changes.map(({ action }) => action)).toEqual(['deny', 'revoke_access'])
  })

  it('sends a write once and leaves the rest to the schedule', async () => {
    await using bench = await startBench({ tenant: { users } })
    bench.tenant.misbehave({ method: 'PATCH', cut: 'after' })
    expect(await failureOf(bench.run(person('deny')))).toBeInstanceOf(Error)
    expect(countCalls(bench.tenant)['PATCH /users/:id']).toBe(1)
    bench.tenant.calm()
    expect((await bench.plan(person('deny'))).changes).toEqual([])
  })

  it('passes the hub’s own time limit on as it was thrown', async () => {
    await using bench = await startBench({ tenant: { users }, fetch: makeLimitedFetch({ timeoutSeconds: 0.2 }) })
    await bench.plan(person('deny'))
    bench.tenant.misbehave({ method: 'POST', lateMs: 2_000 })
    const error = await failureOf(apply({ change: revoke, client: bench.client }))
    expect(error).toMatchObject({ name: 'TimeoutError' })
  })

  it('does not take the missing half of an answer for a user', async () => {
    await using bench = await startBench({ tenant: { users, clients: clientWith(...allScopes) } })
    bench.tenant.misbehave({ path: '/api/v2/users/auth0|jane', cut: 'midway' })
    const error = await failureOf(bench.plan(person('deny')))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
  })
})

describe('what is sent', () => {
  it.each([
    ['an empty app_metadata', { app_metadata: {} }],
    ['an empty object under its key', { app_metadata: { okta: {} } }],
    ['an empty user_metadata', { app_metadata: { okta: { id: 'x' } }, user_metadata: {} }],
    ['no body', undefined],
    ['a member that no plan writes', { app_metadata: { okta: { id: 'x' } }, password: 'x' }],
  ])('is never %s', async (_, after) => {
    await using bench = await startBench({ tenant: { users } })
    const change = {
      direction: 'deny',
      action: 'deny',
      target: 'auth0|jane',
      summary: '',
      ...(after && { after }),
    } as const
    await expect(async () => apply({ change, client: bench.client })).rejects.toThrow(PermanentError)
    expect(countCalls(bench.tenant)).toEqual({})
  })
})
