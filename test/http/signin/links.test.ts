import { Hono } from 'hono'
import { beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { personId } from '../../../src/core/id.ts'
import { silentLog } from '../../../src/core/log.ts'
import { makeLazyApi } from '../../../src/http/api/lazy-api.ts'
import type { ApiNeeds } from '../../../src/http/api/needs.ts'
import { type LinkNeeds, serveLinks } from '../../../src/http/signin/serve-links.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { makeBreakGlassLink, makeLink } from '../../../src/signin/make-link.ts'
import { admin, makeApiNeeds } from '../../support/api.ts'
import { wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const needs = { journal, clock: systemClock, log: silentLog }
const local = 'http://127.0.0.1:8787'
const site = 'https://hub.example.com'
const lena = { source: 'okta', authorityId: '00u1' }

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.session, hub.signin_link`
})

const serve = (facts: Partial<LinkNeeds> = {}) =>
  serveLinks({ ...needs, takesLocalLinks: true, hasIssuer: false, ...facts })
const makeLocal = async () => (await makeLink(needs, admin, { reason: null })).text
const makeEmergency = async () => (await makeBreakGlassLink(needs, admin, { person: lena, reason: 'x' })).text

type Post = { app?: Pick<Hono, 'request'>; headers?: Record<string, string> }
const use = (url: string, link: string, { app = serve(), headers = {} }: Post = {}) =>
  app.request(url, {
    method: 'POST',
    body: new URLSearchParams({ link }),
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  })

const askMe = (url: string, headers: Record<string, string>, facts: Partial<ApiNeeds> = { takesLocalLinks: true }) => {
  const api = makeLazyApi({ ...makeApiNeeds(journal), ...needs, ...facts })
  return api.fetch(new Request(`${url}/api/v1/me`, { headers }), {})
}

/** Uses a link of this machine; returns the cookie. */
async function signIn(headers: Record<string, string> = {}, app = serve()): Promise<string> {
  const answer = await use(`${local}/signin/link`, await makeLocal(), { app, headers })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

describe('the page of a link', () => {
  test('does nothing by being opened, has one button, and lets no script, frame or other site in', async () => {
    const link = await makeLocal()
    const app = serve()
    const answer = await app.request(`${local}/signin/link?link=${link}`)
    const text = await answer.text()
    expect([answer.status, text.match(/<button/g)?.length, text.includes(`value="${link}"`)]).toEqual([200, 1, true])
    expect((await app.request(`${local}/signin/link?link=${link}`, { method: 'HEAD' })).status).toBe(200)
    expect(await sql`select used_at from hub.signin_link`).toEqual([{ used_at: null }])
    const policy = answer.headers.get('content-security-policy') ?? ''
    const [, nonce] = /style-src 'nonce-([^']+)'/.exec(policy) ?? []
    expect(text).toContain(`<style nonce="${nonce}">`)
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(policy).not.toContain('unsafe')
    expect(text).not.toMatch(/<script| style=| on\w+=/)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  test('writes what the address says as text alone', async () => {
    const answer = await serve().request(`${local}/signin/link?link=${encodeURIComponent('"><script>1</script>')}`)
    expect(await answer.text()).not.toContain('<script')
  })
})

describe('a link', () => {
  test('opens one session, however many use it at once, whose cookie opens the API on this machine', async () => {
    const link = await makeLocal()
    const app = serve()
    const answers = await Promise.all([1, 2, 3].map(() => use(`${local}/signin/link`, link, { app })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410])
    const set = answers.find(({ status }) => status === 200)?.headers.get('set-cookie') ?? ''
    expect(set).toMatch(/^bellhop=bs_[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/)
    const me = await askMe(local, { cookie: set.split(';')[0] ?? '' })
    expect(await me.json()).toMatchObject({ actor: 'ann', role: 'admin', session: { way: 'link', bound: false } })
  })

  test('opens a session that counts on this machine alone, and no more once the hub listens elsewhere or has an issuer', async () => {
    const cookie = await signIn()
    const renamed = `__Host-${cookie}`
    expect((await askMe(local, { cookie: renamed })).status).toBe(200)
    for (const [url, headers] of [
      [site, {}],
      ['http://hub.example.com', {}],
      [local, { 'x-forwarded-for': '10.0.0.1' }],
      [local, { host: 'rebound.example.com' }],
    ] as const) {
      expect([url, (await askMe(url, { cookie: renamed, ...headers })).status]).toEqual([url, 401])
    }
    expect((await askMe(local, { cookie }, {})).status).toBe(401)
    expect((await askMe(local, { cookie })).status).toBe(200)
  })

  test('ends the session that its browser had before, be that over meanwhile or not', async () => {
    const former = await signIn()
    const next = await signIn({ cookie: former })
    expect([(await askMe(local, { cookie: former })).status, (await askMe(local, { cookie: next })).status]).toEqual([
      401, 200,
    ])
    const orders = { ...journal.orders, endSession: async () => false }
    expect(await signIn({ cookie: next }, serve({ journal: { ...journal, orders } }))).toMatch(/^bellhop=bs_/)
  })

  test('opens nothing when it is ten minutes old, unknown, or of the other kind', async () => {
    const link = await makeLocal()
    expect((await use(`${local}/signin/break-glass`, link)).status).toBe(410)
    expect((await use(`${local}/signin/link`, await makeEmergency())).status).toBe(410)
    for (const wrong of ['', 'bl_', `bl_${'0'.repeat(64)}`, link.toUpperCase()]) {
      expect([wrong, (await use(`${local}/signin/link`, wrong)).status]).toEqual([wrong, 410])
    }
    await sql`update hub.signin_link set made_at = now() - interval '10 minutes', expires_at = now()`
    expect((await use(`${local}/signin/link`, link)).status).toBe(410)
    expect(await sql`select id from hub.session`).toEqual([])
  })

  test('is not in a body that is no form, which is answered all the same', async () => {
    const headers = { 'sec-fetch-site': 'same-origin' }
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x', 'application/json', 'text/plain']) {
      const init = { method: 'POST', body: '--y', headers: { ...headers, 'content-type': type } }
      expect([type, (await serve().request(`${local}/signin/link`, init)).status]).toEqual([type, 410])
    }
  })

  test('is taken on the machine itself alone: elsewhere there is no such page', async () => {
    const link = await makeLocal()
    const statuses = async (url: string, post: Post = {}) => {
      const { app = serve(), headers = {} } = post
      const got = await app.request(`${url}/signin/link?link=${link}`, { headers })
      return [got.status, (await use(`${url}/signin/link`, link, { app, headers })).status]
    }
    expect(await statuses(local, { app: serve({ takesLocalLinks: false }) })).toEqual([404, 404])
    for (const url of [site, 'http://hub.example.com', 'http://127.0.0.1.example.com', 'https://localhost']) {
      expect([url, await statuses(url)]).toEqual([url, [404, 404]])
    }
    const names = [
      'forwarded',
      'via',
      'x-forwarded-proto',
      'x-real-ip',
      'cf-connecting-ip',
      'cdn-loop',
      'true-client-ip',
    ]
    for (const name of [
      ...names,
      'x-forwarded',
      'x-original-host',
      'x-envoy-external-address',
      'x-cluster-client-ip',
    ]) {
      expect([name, await statuses(local, { headers: { [name]: '1' } })]).toEqual([name, [404, 404]])
    }
    expect(await statuses(local, { headers: { host: 'rebound.example.com' } })).toEqual([404, 404])
    const unnamed = await serve().request(`${local}/signin/link`, {}, { incoming: { url: '/signin/link' } })
    expect(unnamed.status).toBe(404)
    expect(await statuses('http://localhost')).toEqual([200, 200])
  })

  test('is not used by a button of another site', async () => {
    const link = await makeLocal()
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }]) {
      expect((await use(`${local}/signin/link`, link, { headers })).status).toBe(403)
    }
    expect((await use(`${local}/signin/link`, link)).status).toBe(200)
  })
})

describe('a link for an emergency', () => {
  test('is taken under any name of the hub, by a cookie for that host and TLS alone', async () => {
    const answer = await use(`${site}/signin/break-glass`, await makeEmergency())
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringMatching(/^__Host-bellhop=bs_[0-9a-f]{64}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
    const [row] =
      await sql`select role, way, account, extract(epoch from expires_at - made_at)::int as seconds from hub.session`
    expect(row).toEqual({ role: 'operator', way: 'break_glass', account: personId(lena), seconds: 3600 })
  })

  test('opens nothing for a person who is denied meanwhile, and is not used up by it', async () => {
    const link = await makeEmergency()
    await sql`insert into hub.person (id, source, authority_id, denied_at) values ('per_1', 'okta', '00u1', now())`
    expect((await use(`${site}/signin/break-glass`, link)).status).toBe(410)
    await sql`update hub.person set denied_at = null`
    expect((await use(`${site}/signin/break-glass`, link)).status).toBe(200)
  })
})

describe('without an issuer', () => {
  test('a page says who is signed in, and its button ends the session, for a page of the hub alone', async () => {
    const app = serve()
    const cookie = await signIn()
    const read = async () => (await app.request(`${local}/signin/done`, { headers: { cookie } })).text()
    expect(await read()).toMatch(/Signed in as ann[\s\S]*Your role is admin[\s\S]*action="\/signin\/out"/)
    const out = (site: string) =>
      app.request(`${local}/signin/out`, { method: 'POST', headers: { cookie, 'sec-fetch-site': site } })
    expect((await out('same-site')).status).toBe(403)
    expect((await askMe(local, { cookie })).status).toBe(200)
    const answer = await out('same-origin')
    expect([answer.status, answer.headers.getSetCookie()[0]]).toEqual([
      200,
      expect.stringMatching(/^bellhop=; Max-Age=0/),
    ])
    expect((await askMe(local, { cookie })).status).toBe(401)
    const after = await read()
    expect([after.includes('has no session'), after.includes('href="/signin"')]).toEqual([true, false])
    expect(await sql`select ended_by from hub.session`).toEqual([{ ended_by: 'ann' }])
  })

  test('looks of one address at that page are bounded, and with one the pages are those of its sign-in', async () => {
    const app = serve()
    const looks = Array.from({ length: 121 }, async () => (await app.request(`${local}/signin/done`)).status)
    expect((await Promise.all(looks)).filter((status) => status === 429)).toHaveLength(1)
    expect((await serve({ hasIssuer: true }).request(`${local}/signin/done`)).status).toBe(404)
  })
})

test('a journal that cannot be reached is a page that says so, and any other fault is one of ours', async () => {
  const down = (thrown: Error) => async () => {
    throw thrown
  }
  const ask = async (thrown: Error) => {
    const broken = {
      orders: { ...journal.orders, useLink: down(thrown) },
      records: { ...journal.records, findSession: down(thrown) },
    }
    const app = new Hono().route('/', serve({ journal: { ...journal, ...broken } })).onError((_, c) => c.text('', 500))
    const cookie = `bellhop=bs_${'0'.repeat(64)}`
    return [
      (await use(`${local}/signin/link`, `bl_${'0'.repeat(64)}`, { app })).status,
      (await app.request(`${local}/signin/done`, { headers: { cookie } })).status,
    ]
  }
  expect(await ask(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toEqual([503, 503])
  expect(await ask(new Error('a fault'))).toEqual([500, 500])
})

test('tries of one address are bounded, and no more than a thousand addresses are remembered', async () => {
  let now = Date.parse('2026-05-14T08:00:00Z')
  const app = serve({ clock: { now: () => new Date(now) } })
  const from = (remoteAddress: string) =>
    app.request(
      new Request(`${local}/signin/link`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', host: '127.0.0.1:8787' },
      }),
      {},
      { incoming: { socket: { remoteAddress } } },
    )
  for (let i = 0; i < 20; i++) expect((await from('10.0.0.1')).status).toBe(403)
  const refused = await from('10.0.0.1')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  expect((await from('10.0.0.2')).status).toBe(403)
  // One network of IPv6 is one address; one of IPv4 is one too where it is written as IPv6.
  for (let i = 0; i < 20; i++) await from(i % 2 === 0 ? `2001:db8:0:1::${i}` : `2001:db8:0:1:${i}:7:8:9%eth0`)
  const networks = ['2001:db8:0:1:ffff::1', '2001:db8:0:2::1', '::ffff:10.0.0.8', '::ffff:10.0.0.9']
  expect((await Promise.all(networks.map(from))).map(({ status }) => status)).toEqual([429, 403, 403, 403])
  now += 60_000
  expect((await from('10.0.0.1')).status).toBe(403)
  for (let i = 0; i < 20; i++) await from('10.0.0.1')
  expect((await from('10.0.0.1')).status).toBe(429)
  for (let i = 0; i < 1000; i++) await from(`10.1.0.${i}`)
  expect((await from('10.0.0.1')).status).toBe(403)
})

test('what is inside can be left to a port of its own, and no surface takes an address with segments of dots', async () => {
  const parts = {
    ...needs,
    ...{ sources: [], ready: async () => {}, measure: journal.records.measureQueue, metricsToken: undefined },
    signin: { ...needs, takesLocalLinks: true, hasIssuer: false },
    api: makeLazyApi({ ...makeApiNeeds(journal), ...needs }),
  }
  const statuses = async (surfaces?: readonly ('vendors' | 'inside')[]) => {
    const app = createApp(parts as unknown as Parameters<typeof createApp>[0], surfaces)
    const dotted = await app.request(`${local}/healthz`, {}, { incoming: { url: '/hooks/../healthz' } })
    expect(dotted.status).toBe(400)
    const paths = ['/healthz', '/metrics', '/api/openapi.json', '/signin/link', '/hooks/okta']
    const said = paths.map(async (path) => {
      const answer = await app.request(`${local}${path}`)
      // Of hooks both say 404: whether there are any is in the code.
      return path === '/hooks/okta' ? ((await answer.json()) as { code: string }).code : answer.status
    })
    return Promise.all(said)
  }
  expect(await statuses()).toEqual([200, 200, 200, 200, 'unknown_source'])
  expect(await statuses(['inside'])).toEqual([200, 200, 200, 200, 'not_found'])
  expect(await statuses(['vendors'])).toEqual([200, 404, 404, 404, 'unknown_source'])
})
