import { describe, expect, test } from 'vitest'
import { CredentialError, ObjectRefusedError, PermanentError, RetryAfterError, TimeoutError } from '../../src/index.ts'
import { everythingIn, thrownBy } from '../../test/connectors/inline-context.ts'
import { startZendeskBench } from '../../test/connectors/zendesk-bench.ts'
import { toHubError } from './errors.ts'
import answers from './fixtures/refusals.json' with { type: 'json' }

const agent = 'role:agent'
const users = [{ id: 7, email: 'ada.kern@acme.example' }]

describe('a user of an odd shape', () => {
  test.each([
    ['no role', 'role:agent', { role: null }],
    ['an agent’s role without saying which', 'role:custom:502', { role: 'agent' }],
    ['an agent’s role without its type', 'role:light_agent', { role: 'agent', custom_role_id: 501 }],
  ])('%s is not taken for access that is gone (case 23)', async (_what, target, fields) => {
    await using bench = await startZendeskBench({ tenant: { users } })
    const body = JSON.stringify({ user: { id: 7, email: 'ada.kern@acme.example', active: true, ...fields } })
    const headers: [string, string][] = [['content-type', 'application/json']]
    bench.tenant.misbehave({ method: 'GET', path: /\/users\/7/, answer: { status: 200, body, headers } })
    expect(await bench.look([target])).toMatchObject({ sights: [{ target, state: 'unknown' }] })
  })
})

describe('when Zendesk refuses', () => {
  test('a wrong token is a wrong credential, and is repeated nowhere', async () => {
    await using bench = await startZendeskBench({ settings: { ZENDESK_API_TOKEN: 'stale-secret-value' } })
    for (const call of [bench.provision, bench.deprovision, bench.has]) {
      const error = await thrownBy(call([agent]))
      expect(error).toBeInstanceOf(CredentialError)
      expect(everythingIn(error)).not.toContain('stale-secret-value')
      expect(everythingIn(error)).not.toContain(btoa('hub@acme.example/token:stale-secret-value'))
    }
  })

  test('an OAuth token is the other way in', async () => {
    await using bench = await startZendeskBench({
      tenant: { users },
      settings: { ZENDESK_OAUTH_TOKEN: 'simulated-oauth-token' },
    })
    await bench.provision([agent])
    expect(await bench.has([agent])).toEqual([agent])
  })

  test.each(answers)('$name is what the hub makes of it', ({ status, body, isWrite, thrown, words }) => {
    const error = toHubError(new PermanentError('refused', { answer: { status, headers: {}, body } }), {
      doing: 'change a user',
      isWrite,
    })
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toContain(words)
    const kind =
      error instanceof ObjectRefusedError ? 'object' : error instanceof PermanentError ? 'permanent' : 'weather'
    expect(kind).toBe(thrown)
  })
})

describe('when the way to Zendesk is bad', () => {
  test('a 429 says when to come back', async () => {
    await using bench = await startZendeskBench({ tenant: { users } })
    bench.tenant.misbehave({ method: 'PUT', status: 429, resetSeconds: 40 })
    const error = await thrownBy(bench.provision([agent]))
    expect(error).toBeInstanceOf(RetryAfterError)
    expect(error).toMatchObject({ retryAfterSeconds: 40 })
    expect(bench.writes()).toHaveLength(1)
  })

  test.each(['GET', 'PUT'])('a 500 to a %s is weather, and the next attempt succeeds', async (method) => {
    await using bench = await startZendeskBench({ tenant: { users } })
    bench.tenant.misbehave({ method, status: 500, times: 1 })
    const error = await thrownBy(bench.provision([agent]))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(PermanentError)
    await bench.provision([agent])
    expect(await bench.has([agent])).toEqual([agent])
  })

  test('a user whose creation was cut off is found, and made nobody else', async () => {
    await using bench = await startZendeskBench()
    bench.tenant.misbehave({ method: 'POST', cut: 'after', times: 1 })
    expect(await thrownBy(bench.provision([agent]))).toBeInstanceOf(Error)
    expect(await bench.has([agent])).toEqual([agent])
    await bench.provision([agent])
    expect(bench.writes()).toHaveLength(1)
  })

  test('a user whose creation was cut off is not refused while the search lags: it may have happened', async () => {
    await using bench = await startZendeskBench({ tenant: { searchLagMs: Number.POSITIVE_INFINITY } })
    bench.tenant.misbehave({ method: 'POST', cut: 'after', times: 1 })
    await thrownBy(bench.provision([agent]))
    const error = await thrownBy(bench.provision([agent]))
    expect(error).not.toBeInstanceOf(PermanentError)
    expect(String(error)).toContain('already being used')
    bench.tenant.users.refreshSearchIndex()
    await bench.provision([agent])
    expect(await bench.has([agent])).toEqual([agent])
  })

  test.each(['/api/v2/users/search', '/api/v2/users/7'])(
    'half an answer from %s is not read as nobody',
    async (path) => {
      await using bench = await startZendeskBench({
        tenant: { users: [{ ...users[0], email: 'ada.kern@acme.example', role: 'agent' }] },
      })
      bench.tenant.misbehave({ path, cut: 'midway' })
      expect(await thrownBy(bench.has([agent]))).toBeInstanceOf(Error)
      expect(await thrownBy(bench.deprovision([agent]))).toBeInstanceOf(Error)
      expect(bench.writes()).toEqual([])
    },
  )

  test('an answer that does not come is given up at the hub’s limit', async () => {
    await using bench = await startZendeskBench({ tenant: { users } })
    bench.tenant.misbehave({ lateMs: 5_000 })
    expect(await thrownBy(bench.has([agent]))).toBeInstanceOf(TimeoutError)
  })

  test('nothing goes out once the lane is lost', async () => {
    await using bench = await startZendeskBench({ tenant: { users } })
    const lost = new AbortController()
    bench.tenant.misbehave({ method: 'GET', delayMs: 200 })
    const work = thrownBy(bench.provision([agent], { signal: lost.signal }))
    setTimeout(() => lost.abort(new Error('the lease has ended')), 50)
    expect(await work).toBeInstanceOf(Error)
    expect(bench.writes()).toEqual([])
  })
})
