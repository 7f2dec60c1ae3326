import { beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../../src/core/role.ts'
import { serveApi } from '../../../src/http/api/serve-api.ts'
import { makeApiNeeds, setApiStage } from '../../support/api.ts'
import { testDatabase } from '../../support/postgres.ts'
import { openTestSession } from '../../support/sessions.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)
const site = 'https://hub.example.com'
const own = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }

beforeEach(() => sql`truncate hub.session`)

const open = (role: Role = 'admin', subject = '00u1') => openTestSession(stage.journal, { role, subject })
const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
  stage.ask(`${site}/api/v1${path}`, null, { ...init, headers })
const order = (cookie: string, headers: Record<string, string>, body = '{}') =>
  ask('/sessions/ses_01kd2v7w8e9mhx3k5c1r4t6y8z/end', { cookie, ...headers }, { method: 'POST', body })

describe('the cookie of a session', () => {
  test('opens the API, which says whose it is and when it ends', async () => {
    const { id, cookie, expiresAt } = await open('operator')
    const { status, body } = await ask('/me', { cookie })
    expect([status, body]).toMatchObject([
      200,
      { role: 'operator', way: 'console', session: { id, way: 'oidc', expiresAt, bound: true } },
    ])
  })

  test('opens nothing where the request bears a token, be that wrong, of another kind, or a good one of less', async () => {
    const { cookie } = await open()
    for (const authorization of [`Bearer bh_${'0'.repeat(64)}`, 'Bearer', 'Basic eDp5', '']) {
      expect([authorization, (await ask('/me', { cookie, authorization })).status]).toEqual([authorization, 401])
    }
    const authorization = `Bearer ${stage.tokens.viewer}`
    expect((await ask('/me', { cookie, authorization })).body).toMatchObject({ role: 'viewer', way: 'api' })
  })

  test('has its other name on plain loopback alone', async () => {
    const { secret } = await open()
    const plain = { cookie: `bellhop=${secret}` }
    const at = async (url: string, headers: Record<string, string> = {}) =>
      (await stage.ask(`${url}/api/v1/me`, null, { headers: { ...plain, ...headers } })).status
    expect(await at('http://localhost:8787')).toBe(200)
    expect(await at('http://127.0.0.1:8787')).toBe(200)
    expect(await at('http://[::1]:8787')).toBe(200)
    for (const url of [
      'https://localhost',
      'http://hub.example.com',
      'http://127.0.0.1.example.com',
      'http://10.0.0.1',
    ]) {
      expect([url, await at(url)]).toEqual([url, 401])
    }
    expect(await at('http://localhost', { host: 'evil.example.com' })).toBe(401)
    for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via', 'cf-connecting-ip', 'x-real-ip']) {
      expect([name, await at('http://localhost', { [name]: 'x' })]).toEqual([name, 401])
    }
  })

  test('of a session that is over opens nothing, whatever it is over for, and the answer does not say why', async () => {
    const { cookie } = await open()
    const states = [sql`ended_at = now(), ended_by = 'x'`, sql`expires_at = now()`, sql`last_used_at = '2020-01-01'`]
    const answers = new Set<string>()
    for (const state of states) {
      await sql`update hub.session set ended_at = null, ended_by = null, last_used_at = now(),
        made_at = now() - interval '1 hour', expires_at = now() + interval '1 hour'`
      await sql`update hub.session set ${state}`
      const { status, body } = await ask('/me', { cookie })
      answers.add(JSON.stringify([status, body.code, body.detail]))
    }
    expect([...answers]).toEqual([expect.stringContaining('401,"no_session"')])
    expect((await ask('/me', { cookie: `__Host-bellhop=bs_${'0'.repeat(64)}` })).body.code).toBe('no_session')
  })

  test('of a session whose role is an hour old is told to sign in again', async () => {
    const { cookie } = await open()
    await sql`update hub.session set roles_read_at = now() - interval '1 hour'`
    expect((await ask('/me', { cookie })).body).toMatchObject({ status: 401, code: 'sign_in_again' })
  })
})

test('what a session reads is asked by a page of the hub or by going there, and by no other page from inside itself', async () => {
  const { cookie } = await open()
  const status = async (site: string, mode: string) =>
    (await ask('/me', { cookie, 'sec-fetch-site': site, 'sec-fetch-mode': mode })).status
  expect([await status('same-origin', 'cors'), await status('none', 'navigate')]).toEqual([200, 200])
  expect([await status('cross-site', 'navigate'), await status('same-site', 'navigate')]).toEqual([200, 200])
  for (const mode of ['no-cors', 'cors', 'websocket', '']) {
    expect([mode, await status('same-site', mode), await status('cross-site', mode)]).toEqual([mode, 403, 403])
  }
})

describe('what a session orders', () => {
  test('is taken from a page of the hub, with a JSON body, and from nowhere else', async () => {
    const { cookie } = await open()
    const code = async (headers: Record<string, string>, body?: string) =>
      (await order(cookie, headers, body)).body.code
    const json = { 'content-type': 'application/json' }
    expect(await code(own)).toBe('unknown_session')
    expect(await code({ origin: site, ...json })).toBe('unknown_session')
    for (const headers of [
      json,
      { ...json, 'sec-fetch-site': 'cross-site' },
      { ...json, 'sec-fetch-site': 'same-site' },
      { ...json, 'sec-fetch-site': 'none' },
      { ...json, 'sec-fetch-site': 'cross-site', origin: site },
      { ...json, origin: 'https://evil.example.com' },
      { ...json, origin: 'null' },
      { ...own, 'content-type': 'text/plain' },
      { ...own, 'content-type': 'application/x-www-form-urlencoded' },
      { ...own, 'content-type': 'application/jsonp' },
    ]) {
      expect([headers, await code(headers)]).toEqual([headers, 'foreign_request'])
    }
  })

  test('may come from the address of the setting, where a proxy ends TLS', async () => {
    const { cookie } = await open()
    const api = serveApi({ ...makeApiNeeds(stage.journal), consoleUrl: `${site}/` })
    const end = async (origin: string) => {
      const headers = { cookie, origin, 'content-type': 'application/json' }
      const path = 'http://hub.example.com/api/v1/sessions/ses_01kd2v7w8e9mhx3k5c1r4t6y8z/end'
      return (await api.request(path, { method: 'POST', headers, body: '{}' })).status
    }
    expect([await end(site), await end('https://evil.example.com')]).toEqual([404, 403])
  })

  test('may come with a token from anywhere', async () => {
    const headers = { ...own, authorization: `Bearer ${stage.tokens.admin}`, 'sec-fetch-site': 'cross-site' }
    expect((await order('', headers)).body.code).toBe('unknown_session')
  })
})

test('a token that is made in a session, or with such a token, is its person’s, and is refused when they are denied', async () => {
  const { cookie } = await open('admin', '00u4')
  const body = JSON.stringify({ owner: 'ops', name: 'nightly', role: 'admin', days: 90 })
  const make = async (headers: Record<string, string>) => {
    const made = await ask('/tokens', { ...own, ...headers }, { method: 'POST', body })
    expect(made.body.person).toEqual({ source: 'okta', authorityId: '00u4' })
    return { authorization: `Bearer ${made.body.token}` }
  }
  const first = await make({ cookie })
  const second = await make(first)
  const statuses = async () => [(await ask('/me', first)).status, (await ask('/me', second)).status]
  expect(await statuses()).toEqual([200, 200])
  await sql`insert into hub.person (id, source, authority_id, denied_at) values ('per_4', 'okta', '00u4', now())`
  expect(await statuses()).toEqual([401, 401])
})

describe('sessions', () => {
  test('are listed and ended by who has them, and by an administrator whosever they are', async () => {
    const mine = await open('operator')
    const beside = await open('viewer')
    const theirs = await open('viewer', '00u2')
    const list = async (cookie: string) => {
      const { body } = await ask('/sessions', { cookie })
      return (body.sessions as { id: string }[]).map(({ id }) => id).toSorted()
    }
    const end = async (cookie: string, id: string) =>
      (await ask(`/sessions/${id}/end`, { cookie, ...own }, { method: 'POST', body: '{"reason":"lost"}' })).status
    expect(await list(mine.cookie)).toEqual([mine.id, beside.id].toSorted())
    expect(await end(mine.cookie, theirs.id)).toBe(404)
    expect(await end(mine.cookie, beside.id)).toBe(200)
    expect((await ask('/me', { cookie: beside.cookie })).status).toBe(401)
    const chief = await open('admin', '00u3')
    expect(await list(chief.cookie)).toHaveLength(4)
    expect(await end(chief.cookie, theirs.id)).toBe(200)
    expect((await ask('/me', { cookie: theirs.cookie })).status).toBe(401)
    const acts = await sql`
      select actor, to_jsonb(targets) as targets, request_id is not null as requested from hub.audit where act = 'session_ended' order by at`
    expect(acts).toEqual([
      { actor: mine.account, targets: [beside.id, mine.account], requested: true },
      { actor: chief.account, targets: [theirs.id, theirs.account], requested: true },
    ])
  })
})
