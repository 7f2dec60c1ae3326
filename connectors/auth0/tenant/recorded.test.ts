import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { makeClientTokens } from '../../../src/host/client-tokens.ts'
import { retryRead } from '../../../src/outbound/retry.ts'
import { person } from '../../../test/connectors/auth0-bench.ts'
import { apply } from '../lockout/apply.ts'
import { plan } from '../lockout/plan.ts'
import { connect } from './client.ts'
import { config as schema } from './config.ts'

type Answer = { status: number; headers?: Record<string, string>; body?: unknown }

const answers: Record<string, Answer> = JSON.parse(
  readFileSync(new URL('../fixtures/answers.json', import.meta.url), 'utf8'),
)
const jane = 'auth0|66a0c0ffee0123456789abcd'

/** Plays recorded answers: the first whose route begins the request's `METHOD /path` is given. */
async function play(routes: [route: string, answer: string][]) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const call = `${request.method} ${decodeURIComponent(request.url ?? '').split('?')[0]}`
    calls.push(call)
    const name = routes.find(([route]) => call.startsWith(route))?.[1] ?? (call === 'POST /oauth/token' ? 'token' : '')
    const answer = answers[name] ?? { status: 500 }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const config = schema.parse({
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_BASE_URL: `http://127.0.0.1:${port}`,
    AUTH0_CLIENT_ID: 'hub',
    AUTH0_CLIENT_SECRET: 'secret',
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const client = await connect({
    id: 'auth0',
    config,
    fetch,
    retry: retryRead,
    tokens: makeClientTokens({ id: 'auth0' }),
    log,
  })
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { client, config, calls, [Symbol.asyncDispose]: close }
}

const deny = {
  direction: 'deny',
  action: 'deny',
  target: jane,
  summary: '',
  after: { app_metadata: { okta: { id: 'x' } }, blocked: true },
} as const
const revoke = { direction: 'deny', action: 'revoke_access', target: jane, summary: '', owed: true } as const

describe('recorded answers of Auth0', () => {
  it('success: an answer as Auth0 gives it is understood', async () => {
    await using auth0 = await play([
      ['GET /api/v2/users/', 'user'],
      ['GET /api/v2/users-by-email', 'none'],
      ['GET /api/v2/users', 'noUsers'],
    ])
    const { signal } = new AbortController()
    const cause = { eventId: 'evt_1', type: 'user.lifecycle.deactivate', time: '2026-08-01T10:00:00Z' }
    const planned = await plan({ ...auth0, person: person('deny', { links: [jane] }), cause, signal })
    expect(planned.changes).toMatchObject([{ action: 'deny', target: jane }, { action: 'revoke_access' }])
    expect(planned.changes[0]?.after).toMatchObject({ blocked: true })
  })

  it('success: a 202 to revoking is a logout, with nothing to remark', async () => {
    await using auth0 = await play([['POST /api/v2/users/', 'accepted']])
    expect(await apply({ change: revoke, ...auth0 })).toBeUndefined()
    expect(auth0.calls.at(-1)).toBe(`POST /api/v2/users/${jane}/revoke-access`)
  })

  it('permanent failure: a body that Auth0 finds wrong will not do the next time either', async () => {
    await using auth0 = await play([['PATCH', 'invalidBody']])
    const failure = { name: 'PermanentError', message: expect.stringContaining('Expected type object') }
    await expect(async () => apply({ change: deny, ...auth0 })).rejects.toMatchObject(failure)
  })

  it('retry: the wait is counted by Auth0’s clock, not by ours', async () => {
    await using auth0 = await play([['PATCH', 'tooMany']])
    const failure = { name: 'RetryAfterError', retryAfterSeconds: 30 }
    await expect(async () => apply({ change: deny, ...auth0 })).rejects.toMatchObject(failure)
  })

  it('retry: an answer of 500 is a temporary error', async () => {
    await using auth0 = await play([['PATCH', 'nothing recorded']])
    await expect(async () => apply({ change: deny, ...auth0 })).rejects.toMatchObject({ name: 'Error' })
  })

  it('a refused client is a wrong credential, a limit on tokens is not', async () => {
    await using refused = await play([['POST /oauth/token', 'clientRefused']])
    await expect(async () => apply({ change: deny, ...refused })).rejects.toMatchObject({ name: 'CredentialError' })
    await using limited = await play([['POST /oauth/token', 'tokenLimit']])
    await expect(async () => apply({ change: deny, ...limited })).rejects.toMatchObject({ name: 'Error' })
  })

  it('a plan without the session API gets its refresh tokens deleted one by one, and no claim of a logout', async () => {
    await using auth0 = await play([
      ['POST /api/v2/users/', 'notOnPlan'],
      ['GET /api/v2/device-credentials', 'refreshTokens'],
      ['DELETE /api/v2/device-credentials/', 'deleted'],
    ])
    const applied = await apply({ change: revoke, ...auth0 })
    expect(applied).toEqual({ note: expect.stringMatching(/not enabled.*Deleted 2 refresh tokens.*sessions were not/) })
    expect(auth0.calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(2)
  })

  it('a fallback that meets a temporary error leaves the revoke owed', async () => {
    await using auth0 = await play([
      ['POST /api/v2/users/', 'notOnPlan'],
      ['GET /api/v2/device-credentials', 'nothing recorded'],
    ])
    await expect(async () => apply({ change: revoke, ...auth0 })).rejects.toThrow('500')
  })

  it('a user who does not exist is gone, whatever was to be done', async () => {
    await using auth0 = await play([
      ['PATCH', 'unknownUser'],
      ['POST /api/v2/users/', 'unknownUser'],
    ])
    for (const change of [deny, revoke]) {
      expect(await apply({ change, ...auth0 })).toEqual({ note: expect.stringContaining('no such user') })
    }
  })
})
