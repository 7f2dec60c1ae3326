import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'

import { type Role, roles } from '../../../src/core/role.ts'
import { readRouteRoles } from '../../../src/http/api/route-roles.ts'
import { serveApi } from '../../../src/http/api/serve-api.ts'
import { makeBreakGlassLink } from '../../../src/signin/make-link.ts'
import { revokeToken } from '../../../src/signin/revoke-token.ts'
import { mayAct } from '../../../src/signin/roles.ts'
import { useLink } from '../../../src/signin/use-link.ts'
import {
  type ApiStage,
  admin,
  listOperations,
  makeApiNeeds,
  makeTokenOf,
  readDocument,
  setApiStage,
} from '../../support/api.ts'

import { testDatabase } from '../../support/postgres.ts'
import { openTestSession } from '../../support/sessions.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)

const sample = (path: string) => path.replace(/:\w+/g, 'x')

/** Every route of the app, but the public ones. */
const listRoutes = () =>
  readRouteRoles(stage.api)
    .list()
    .filter(({ needed }) => needed !== 'public')

/** What a page of the hub's own sends. */
const own = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }

/** The cookie of a session that a link for an emergency opened. */
async function openEmergency(): Promise<string> {
  const needs = { journal: stage.journal, clock: systemClock }
  const person = { source: 'okta', authorityId: '00u9' }
  const { text } = await makeBreakGlassLink(needs, admin, { person, reason: 'Okta is down' })
  const opened = await useLink(needs, { kind: 'break_glass', text, requestId: 'req_1' })
  return `__Host-bellhop=${opened?.secret}`
}

const askEach = async (as: Parameters<ApiStage['ask']>[1]) =>
  Promise.all(listRoutes().map(async ({ method, path }) => (await stage.ask(sample(path), as, { method })).status))

describe('every route of the API', () => {
  test('is refused to nobody, and to a token that is unknown, revoked or expired, or whose person is denied, with one answer', async () => {
    const revoked = await makeTokenOf(stage.journal, 'admin')
    await revokeToken(stage.journal, admin, { id: revoked.token.id, reason: null })
    const expired = await makeTokenOf(stage.journal, 'admin')
    const past = sql`now() - interval '1 second'`
    await sql`update hub.token set made_at = now() - interval '1 day', expires_at = ${past} where id = ${expired.token.id}`
    const denied = await makeTokenOf(stage.journal, 'admin')
    await sql`insert into hub.person (id, source, authority_id, denied_at) values ('per_1', 'okta', '00u1', now())`
    await sql`update hub.token set source = 'okta', authority_id = '00u1' where id = ${denied.token.id}`
    const unknown = { token: `bh_${'0'.repeat(64)}` }
    const answers = new Set<string>()
    for (const as of [
      null,
      unknown,
      { token: 'bh_x' },
      ...[revoked, expired, denied].map(({ text }) => ({ token: text })),
    ]) {
      expect(new Set(await askEach(as))).toEqual(new Set([401]))
      const { headers, body } = await stage.ask('/api/v1/me', as)
      answers.add(JSON.stringify({ ...body, requestId: '', way: headers.get('www-authenticate') }))
    }
    expect([...answers]).toEqual([expect.stringContaining('"code":"wrong_token"')])
    expect([...answers]).toEqual([expect.stringContaining('"way":"Bearer"')])
    expect(listRoutes().length).toBeGreaterThan(10)
  })

  test.each(roles)('answers a token of the role %s just where that is enough', async (role) => {
    for (const { method, path, needed } of listRoutes()) {
      const { status, body } = await stage.ask(sample(path), role, { method })
      const isEnough = mayAct(role, needed as Role)
      expect([path, status === 403, body.code === 'role_too_low']).toEqual([path, !isEnough, !isEnough])
      expect(status).not.toBe(401)
    }
  })

  test.each(roles)(
    'answers a session of the role %s just where that is enough, and only for the hub’s pages',
    async (role) => {
      const { cookie } = await openTestSession(stage.journal, { role, subject: `00u-${role}` })
      for (const { method, path, needed } of listRoutes()) {
        const ask = (headers: Record<string, string>) =>
          stage.ask(sample(path), null, { method, headers: { cookie, 'content-type': 'application/json', ...headers } })
        const { status, body } = await ask({ 'sec-fetch-site': 'same-origin' })
        const isEnough = mayAct(role, needed as Role)
        expect([path, status === 403, body.code === 'role_too_low']).toEqual([path, !isEnough, !isEnough])
        expect(status).not.toBe(401)
        const { body: foreign } = await ask({ 'sec-fetch-site': 'cross-site' })
        expect([path, foreign.code]).toEqual([path, 'foreign_request'])
      }
    },
  )

  test('answers an unbound session as a viewer’s, whatever it asked for', async () => {
    const { cookie } = await openTestSession(stage.journal, { role: 'admin', bound: false })
    for (const { method, path, needed } of listRoutes()) {
      const { status } = await stage.ask(sample(path), null, { method, headers: { ...own, cookie } })
      expect([path, status === 403]).toEqual([path, needed !== 'viewer'])
    }
  })

  test('is refused to a session that is over, ended, or of a person who was denied in between', async () => {
    const sessions = await Promise.all(
      ['00u5', '00u6', '00u7', '00u8'].map((subject) => openTestSession(stage.journal, { role: 'admin', subject })),
    )
    const [ended, idle, old, denied] = sessions
    const change = (id: string | undefined, what: ReturnType<typeof sql>) =>
      sql`update hub.session set ${what} where id = ${id ?? ''}`
    await change(ended?.id, sql`ended_at = now(), ended_by = 'ann'`)
    await change(idle?.id, sql`made_at = now() - interval '31 minutes'`)
    await change(old?.id, sql`made_at = now() - interval '9 hours', last_used_at = now(), expires_at = now()`)
    await sql`insert into hub.person (id, source, authority_id, denied_at) values ('per_8', 'okta', '00u8', now())`
    for (const { cookie } of sessions) {
      const answers = listRoutes().map(async ({ method, path }) => {
        const { status, body } = await stage.ask(sample(path), null, { method, headers: { ...own, cookie } })
        return `${status} ${body.code}`
      })
      expect([...new Set(await Promise.all(answers))]).toEqual(['401 no_session'])
    }
    expect(denied).toBeDefined()
  })

  test('answers a session of an emergency as an operator’s, and lets it touch no token', async () => {
    const cookie = await openEmergency()
    for (const { method, path, needed, notInEmergency } of listRoutes()) {
      const { status } = await stage.ask(sample(path), null, { method, headers: { ...own, cookie } })
      const isOpen = mayAct('operator', needed as Role) && !notInEmergency
      expect([path, status === 403]).toEqual([path, !isOpen])
    }
    // A role alone must not be what keeps it from tokens.
    await sql`alter table hub.session drop constraint session_break_glass`
    await sql`update hub.session set role = 'admin' where way = 'break_glass'`
    const codes = await Promise.all(
      ['/api/v1/tokens', '/api/v1/tokens/tok_x/revoke'].map(
        async (path) => (await stage.ask(path, null, { method: 'POST', headers: { ...own, cookie } })).body.code,
      ),
    )
    expect(codes).toEqual(['not_in_emergency', 'not_in_emergency'])
  })

  test('stands in the document with its role, and nothing else does', async () => {
    const inDocument = listOperations(await readDocument(stage.api)).map(
      ({ method, path, role }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')} ${role}`,
    )
    expect(inDocument.toSorted()).toEqual(
      listRoutes()
        .map(({ method, path, needed }) => `${method} ${path} ${needed}`)
        .toSorted(),
    )
  })

  test('names a role of its own, or the API is not served', async () => {
    const { journal } = stage
    const api = serveApi(makeApiNeeds(journal))
    api.get('/api/v1/secrets', (c) => c.json({ secret: true })).all('/api/v1/doors/*', (c) => c.json({ secret: true }))
    expect(() => readRouteRoles(api)).toThrow('The route GET /api/v1/secrets names no role.')
    // Were it served all the same, the guard knows no such route.
    const headers = { authorization: `Bearer ${stage.tokens.admin}` }
    for (const path of ['secrets', 'doors/1']) {
      expect([path, (await api.request(`/api/v1/${path}`, { headers })).status]).toEqual([path, 404])
    }
  })
})

describe('who asks is decided', () => {
  test('before a parameter is read', async () => {
    const wrong = '/api/v1/deliveries?limit=none&nothing=1'
    expect([(await stage.ask(wrong, null)).status, (await stage.ask(wrong)).status]).toEqual([401, 400])
    expect((await stage.ask('/api/v1/tokens?limit=none', 'viewer')).status).toBe(403)
  })

  test('before it is said whether there is such an address', async () => {
    for (const path of ['/api/', '/api/v1', '/api/v1/nothing', '/api/v2/deliveries', '/api/v1/deliveries/']) {
      expect([path, (await stage.ask(path, null)).status]).toEqual([path, 401])
      expect([path, (await stage.ask(path, 'viewer')).status]).toEqual([path, 404])
    }
    const post = await stage.ask('/api/v1/deliveries', 'viewer', { method: 'POST', body: '{' })
    expect([post.status, post.body.code, post.headers.get('allow')]).toEqual([405, 'wrong_method', 'GET'])
    expect((await stage.ask('/api/v1/deliveries', null, { method: 'POST', body: '{' })).status).toBe(401)
  })

  test('anew for each request, so that a revoke counts at once', async () => {
    const { text, token } = await makeTokenOf(stage.journal, 'viewer')
    expect((await stage.ask('/api/v1/me', { token: text })).status).toBe(200)
    await revokeToken(stage.journal, admin, { id: token.id, reason: null })
    expect((await stage.ask('/api/v1/me', { token: text })).status).toBe(401)
  })

  test('for HEAD as for GET', async () => {
    const ask = (headers: Record<string, string>) => stage.api.request('/api/v1/me', { method: 'HEAD', headers })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ authorization: `Bearer ${stage.tokens.viewer}` })).status).toBe(200)
  })
})

test('an answer is kept by nobody, and bears the id under which the log has its request', async () => {
  for (const as of [null, 'viewer'] as const) {
    const { headers, body } = await stage.ask('/api/v1/nothing', as)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(body.requestId).toBe(headers.get('x-request-id'))
  }
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const { headers } = await stage.ask('/api/v1/me', 'viewer', { headers: { traceparent } })
  expect(headers.get('x-request-id')).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
})

test('a journal that cannot be reached is 503, whoever asks', async () => {
  const down = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))
  const records = { ...stage.journal.records, findToken: down }
  const journal = { ...stage.journal, records }
  const api = serveApi(makeApiNeeds(journal))
  const answer = await api.request('/api/v1/me', { headers: { authorization: `Bearer ${stage.tokens.admin}` } })
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'journal_unavailable' }])
})
