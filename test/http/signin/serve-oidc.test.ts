import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import auth0 from '../../../connectors/auth0/index.ts'
import okta from '../../../connectors/okta/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import type { RoleRule } from '../../../src/core/role-rules.ts'
import { serveOidc } from '../../../src/http/signin/serve-oidc.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { makeOutbound } from '../../../src/outbound/outbound.ts'
import { findSession } from '../../../src/signin/find-session.ts'
import type { KnowsSubjects } from '../../../src/signin/oidc/find-person.ts'
import { makeFindIssuer } from '../../../src/signin/oidc/issuer.ts'
import { Browser } from '../../support/browser.ts'
import { clientId, clientSecret, redirectUri, startIssuer } from '../../support/issuer.ts'
import { wipe, wipeAudit } from '../../support/journal-rows.ts'
import { captureLog } from '../../support/log-lines.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const issuer = await startIssuer()
afterAll(() => issuer[Symbol.asyncDispose]())

const hub = new URL(redirectUri).origin
const home = /^http:\/\/127\.0\.0\.1:8787\//
const atHub = (path: string) => new RegExp(`^${hub}${path}`)

const rules: RoleRule[] = [
  { role: 'admin', by: 'claim', value: 'bellhop-admins' },
  { role: 'operator', by: 'subject', value: '00uoperator' },
  { role: 'viewer', by: 'email', value: 'ann@acme.com' },
]

const asOkta = (): KnowsSubjects => ({ id: 'okta', connector: okta, config: { OKTA_ORG_URL: issuer.url } })
const asAuth0 = (): KnowsSubjects => ({
  id: 'auth0',
  connector: auth0,
  config: {
    AUTH0_DOMAIN: 'acme.eu.auth0.com',
    AUTH0_BASE_URL: issuer.url,
    AUTH0_OKTA_CONNECTIONS: ['acme-okta'],
    AUTH0_AUTHORITIES: [],
  },
})
const otherOkta = (): KnowsSubjects => ({ ...asOkta(), config: { OKTA_ORG_URL: 'https://acme.okta.com' } })

type Facts = {
  installed?: KnowsSubjects[]
  emailConnection?: string
  log?: typeof silentLog
  clientAuth?: 'basic' | 'post'
}

function setStage({ installed = [asOkta()], emailConnection, log = silentLog }: Facts = {}) {
  const settings = {
    address: issuer.url,
    clientId,
    clientSecret,
    clientAuth: 'basic',
    scopes: 'openid profile email groups',
    redirectUri,
  } as const
  // As the hub has it: with its limits, and no redirects.
  const outbound = makeOutbound({ timeoutSeconds: 5, clock: systemClock, via: issuer.fetch })({ issuer: issuer.url })
  const app = serveOidc({
    ...{ settings, journal, installed, log, clock: systemClock },
    findIssuer: makeFindIssuer(settings, { fetch: outbound.fetch, clock: systemClock }),
    roles: { rules, claim: 'groups', emailConnection: emailConnection ?? null },
  })
  const openBrowser = () =>
    new Browser((url, init) => (url.startsWith(hub) ? app.request(url, init) : fetch(url, init)))
  const browser = openBrowser()
  return {
    app,
    browser,
    openBrowser,
    /** Up to the address to which the issuer sends the browser back. */
    begin: (path = '/signin', who = browser) => who.goOn(`${hub}${path}`, atHub('/signin/callback')),
    /** All of it: where the browser is in the end. */
    signIn: async (path = '/signin', who = browser) => {
      const callback = await who.goOn(`${hub}${path}`, atHub('/signin/callback'))
      const answer = await who.ask(callback)
      return { answer, text: await answer.text(), goal: answer.headers.get('location') }
    },
    session: (who = browser) => findSession({ journal, log: silentLog }, who.cookies(hub).get('bellhop') ?? ''),
  }
}

const countSessions = async () => Number((await sql`select count(*) from hub.session`)[0]?.count)
const countTokenCalls = () => issuer.calls.filter((call) => call === 'POST /token').length

beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  await sql`truncate hub.session, hub.signin_start`
  Object.assign(issuer, { forge: null, withOtherKey: false, isDown: false, calls: [] })
  issuer.account = {
    sub: '00u1ann',
    name: 'Ann Lee',
    email: 'ann@acme.com',
    email_verified: true,
    groups: ['bellhop-admins', 'all'],
  }
})

describe('a sign-in', () => {
  test('opens a session of the person whose id the subject is, with the role of a group, and goes where it was asked to', async () => {
    const stage = setStage()
    const first = await stage.browser.ask(`${hub}/signin?to=/deliveries%3Fstatus=held`)
    const asked = new URL(first.headers.get('location') ?? '')
    expect([first.status, asked.origin, asked.pathname]).toEqual([303, issuer.url, '/auth'])
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      response_mode: 'query',
      scope: 'openid profile email groups',
      state: expect.stringMatching(/^[0-9a-f]{64}$/),
      nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      max_age: '43200',
    })
    const kept = first.headers.get('set-cookie')
    expect(kept).toMatch(/^bellhop-signin-[0-9a-f]{8}=[0-9a-f]{64}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
    const end = await stage.browser.goOn(asked.href, home)
    const answer = await stage.browser.ask(end)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/deliveries?status=held'])
    expect(await stage.session()).toMatchObject({
      role: 'admin',
      way: 'console',
      actor: 'Ann Lee',
      person: { source: 'okta', authorityId: '00u1ann' },
      session: { way: 'oidc', bound: true },
    })
    const [row] = await sql`select issuer, subject, email from hub.session`
    expect(row).toEqual({ issuer: issuer.url, subject: '00u1ann', email: 'ann@acme.com' })
    expect(Number((await sql`select count(*) from hub.signin_start`)[0]?.count)).toBe(0)
    expect([...stage.browser.cookies(hub).keys()]).toEqual(['bellhop'])
  })

  test('goes to no other host, whatever was asked for', async () => {
    expect((await setStage().signIn('/signin?to=https://evil.example/')).goal).toBe('/signin/done')
    expect((await setStage().signIn('/signin?to=//evil.example/')).goal).toBe('/signin/done')
  })

  test('counts once: its second callback is refused, and asks the issuer nothing', async () => {
    const stage = setStage()
    const callback = await stage.begin()
    const cookies = new Map(stage.browser.cookies(hub))
    await stage.browser.ask(callback)
    const calls = countTokenCalls()
    for (const [name, value] of cookies) stage.browser.cookies(hub).set(name, value)
    const again = await stage.browser.ask(callback)
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('This sign-in is not known here.'),
    ])
    expect([countTokenCalls(), await countSessions()]).toEqual([calls, 1])
  })

  test('ends in the browser that began it alone, with its own state and cookie, within ten minutes', async () => {
    const stage = setStage()
    const callback = await stage.begin()
    const foreign = stage.openBrowser()
    const ofForeign = await stage.begin('/signin', foreign)
    const withStateOf = (one: string, other: string) => {
      const url = new URL(one)
      url.searchParams.set('state', new URL(other).searchParams.get('state') ?? '')
      return url.href
    }
    const refused = async (who: Browser, url: string) => {
      const answer = await who.ask(url)
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not known here')])
    }
    await refused(stage.openBrowser(), callback)
    await refused(foreign, callback)
    await refused(stage.browser, withStateOf(callback, ofForeign))
    await refused(stage.browser, `${hub}/signin/callback?code=x`)
    const altered = stage.openBrowser()
    for (const [name, value] of stage.browser.cookies(hub))
      altered.cookies(hub).set(
        name,
        value.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      )
    await refused(altered, callback)
    expect([countTokenCalls(), await countSessions()]).toEqual([0, 0])
    await sql`update hub.signin_start set expires_at = now()`
    await refused(stage.browser, callback)
    expect([countTokenCalls(), await countSessions()]).toEqual([0, 0])
  })

  test('is not used up by a callback whose state only begins like its own', async () => {
    const stage = setStage()
    const callback = new URL(await stage.begin())
    const cookies = new Map(stage.browser.cookies(hub))
    const state = callback.searchParams.get('state') ?? ''
    const forged = new URL(callback)
    forged.searchParams.set('state', `${state.slice(0, 8)}${'0'.repeat(56)}`)
    const refused = await stage.browser.ask(forged.href)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('not known here')])
    for (const [name, value] of cookies) stage.browser.cookies(hub).set(name, value)
    expect((await stage.browser.ask(callback.href)).status).toBe(303)
  })

  test('two of them in two tabs do not end each other', async () => {
    const stage = setStage()
    const first = await stage.begin('/signin?to=/one')
    const second = await stage.begin('/signin?to=/two')
    expect((await stage.browser.ask(second)).headers.get('location')).toBe('/two')
    expect((await stage.browser.ask(first)).headers.get('location')).toBe('/one')
  })

  test('with the code of another sign-in is refused', async () => {
    const stage = setStage()
    const [first, second] = [new URL(await stage.begin()), new URL(await stage.begin())]
    second.searchParams.set('code', first.searchParams.get('code') ?? '')
    const answer = await stage.browser.ask(second.href)
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('This sign-in is not valid.')])
    expect(await countSessions()).toBe(0)
  })

  test('is refused with an ID token that is not the issuer’s, not for this hub, or not for this sign-in', async () => {
    type Forge = NonNullable<typeof issuer.forge>
    const claim =
      (facts: Record<string, unknown>): Forge =>
      ({ claims }) =>
        void Object.assign(claims, facts)
    const forgeries: [string, Forge, boolean?][] = [
      ['nonce', claim({ nonce: 'x' })],
      ['no nonce', claim({ nonce: undefined })],
      ['audience', claim({ aud: 'another' })],
      ['issuer', claim({ iss: 'https://evil.example' })],
      ['over', claim({ exp: Math.floor(Date.now() / 1000) - 120 })],
      ['no algorithm', ({ header }) => void Object.assign(header, { alg: 'none' })],
      ['subject', claim({ sub: 7 })],
      ['no subject', claim({ sub: undefined })],
      ['another key', () => {}, true],
    ]
    for (const [what, forge, withOtherKey = false] of forgeries) {
      Object.assign(issuer, { forge, withOtherKey })
      const { answer, text } = await setStage().signIn()
      expect([what, answer.status, text.includes('This sign-in is not valid.')]).toEqual([what, 400, true])
    }
    expect(await countSessions()).toBe(0)
    Object.assign(issuer, { forge: () => {}, withOtherKey: false })
    expect((await setStage().signIn()).answer.status).toBe(303)
  })

  test('says when the issuer is down, tells nothing of it but to the log, and works when it is back', async () => {
    const { lines, log } = captureLog()
    const stage = setStage({ log })
    issuer.isDown = true
    const down = await stage.browser.ask(`${hub}/signin`)
    const page = await down.text()
    expect([down.status, page]).toEqual([503, expect.stringContaining('The sign-in service cannot be asked.')])
    expect(page).not.toMatch(/ECONN|127\.0\.0\.1/)
    expect(lines).toEqual([
      expect.objectContaining({ code: 'issuer_unavailable', error: expect.stringContaining('ECONNREFUSED') }),
    ])
    issuer.isDown = false
    const callback = await stage.begin()
    issuer.isDown = true
    expect((await stage.browser.ask(callback)).status).toBe(503)
    issuer.isDown = false
    expect((await stage.signIn()).answer.status).toBe(303)
  })

  test('that the issuer refuses is a page that repeats nothing of the address', async () => {
    const stage = setStage()
    const callback = new URL(await stage.begin())
    callback.searchParams.delete('code')
    callback.searchParams.set('error', 'access_denied')
    callback.searchParams.set('error_description', '<script>alert(1)</script>')
    const answer = await stage.browser.ask(callback.href)
    const page = await answer.text()
    expect([answer.status, page]).toEqual([400, expect.stringContaining('did not let you in')])
    expect(page).not.toContain('alert')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'nonce-")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('is one of 120 tries in a minute of one address', async () => {
    const { app } = setStage()
    const statuses = await Promise.all(
      Array.from({ length: 122 }, async () => (await app.request(`${hub}/signin/callback`)).status),
    )
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1)
    expect(statuses.filter((status) => status === 400).length).toBeGreaterThanOrEqual(120)
  })
})

describe('signing out', () => {
  test('ends the session for a page of the hub alone, and offers the issuer’s own logout', async () => {
    const { app, browser, signIn, session } = setStage()
    await signIn()
    const cookie = `bellhop=${browser.cookies(hub).get('bellhop')}`
    const ask = (site: string) =>
      app.request(`${hub}/signin/out`, { method: 'POST', headers: { cookie, 'sec-fetch-site': site } })
    expect((await ask('cross-site')).status).toBe(403)
    expect(await session()).toMatchObject({ role: 'admin' })
    const page = async () => (await browser.ask(`${hub}/signin/done`)).text()
    expect(await page()).toMatch(/Signed in as Ann Lee[\s\S]*Your role is admin[\s\S]*action="\/signin\/out"/)
    const out = await ask('same-origin')
    expect(await page()).toContain('This browser has no session.')
    expect([out.status, await out.text()]).toEqual([
      200,
      expect.stringContaining(`${issuer.url}/session/end?client_id=${clientId}`),
    ])
    expect(out.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^bellhop=; Max-Age=0/))
    expect(await session()).toBe('ended')
    expect(await sql`select act from hub.audit where act <> 'migrate' and request_id is not null order by at`).toEqual([
      { act: 'signed_in' },
      { act: 'session_ended' },
    ])
  })

  test('happens by itself to the session that a new sign-in replaces', async () => {
    const stage = setStage()
    await stage.signIn()
    const former = stage.browser.cookies(hub).get('bellhop') ?? ''
    await stage.signIn()
    expect(await findSession({ journal, log: silentLog }, former)).toBe('ended')
    expect(await stage.session()).toMatchObject({ role: 'admin' })
  })
})

describe('a role', () => {
  test('comes from a rule that is met, or there is no session', async () => {
    Object.assign(issuer.account, { groups: [], email: 'Ann@ACME.com' })
    const stage = setStage()
    await stage.signIn()
    expect(await stage.session()).toMatchObject({ role: 'viewer' })
    issuer.account.email_verified = false
    const { answer, text } = await setStage().signIn()
    expect([answer.status, text]).toEqual([403, expect.stringContaining('You have no role here.')])
    expect(await countSessions()).toBe(1)
  })

  test('is asked for again after an hour, without the issuer’s page as long as somebody is logged in there', async () => {
    const stage = setStage()
    await stage.signIn()
    await sql`update hub.session set roles_read_at = now() - interval '61 minutes'`
    expect(await stage.session()).toBe('roles_old')
    issuer.account.groups = []
    const asked = await stage.browser.ask(`${hub}/signin?to=/people`)
    const address = new URL(asked.headers.get('location') ?? '')
    expect(address.searchParams.get('prompt')).toBe('none')
    const silent = await stage.browser.ask(await stage.browser.goOn(address.href, home))
    expect(silent.headers.get('location')).toBe('/people')
    expect(await stage.session()).toMatchObject({ role: 'viewer' })
    await sql`update hub.session set roles_read_at = now() - interval '61 minutes'`
    stage.browser.cookies(issuer.url).clear()
    const wanted = await stage.browser.goOn(`${hub}/signin?to=/people`, atHub('/signin/callback'))
    expect(new URL(wanted).searchParams.get('error')).toBe('login_required')
    const visible = await stage.browser.ask(wanted)
    expect(new URL(visible.headers.get('location') ?? '').searchParams.get('prompt')).toBe(null)
    const end = await stage.browser.ask(await stage.browser.goOn(visible.headers.get('location') ?? '', home))
    expect(end.headers.get('location')).toBe('/people')
  })
})

describe('who signs in', () => {
  const addPerson = (authorityId: string, { denied = false, link }: { denied?: boolean; link?: string } = {}) =>
    sql.begin(async (tx) => {
      await tx`insert into hub.person (id, source, authority_id, denied_at)
        values (${`per_${authorityId}`}, 'okta', ${authorityId}, ${denied ? tx`now()` : null})`
      if (link)
        await tx`insert into hub.sighting (person, kind, connector, value) values (${`per_${authorityId}`}, 'link', 'auth0', ${link})`
    })

  test('may be called anything, but has a subject that can be kept', async () => {
    const stage = setStage()
    issuer.account.name = ' Ann\u0000 Lee\u001b[31m '
    await stage.signIn()
    expect(await stage.session()).toMatchObject({ actor: 'Ann Lee [31m' })
    for (const sub of ['00u\u0000', 'x'.repeat(256)]) {
      issuer.account.sub = sub
      expect((await setStage().signIn()).answer.status).toBe(400)
    }
  })

  test('is nobody’s person at another issuer, and may look for an hour, whatever role a rule gives', async () => {
    const stage = setStage({ installed: [otherOkta()] })
    await addPerson('00u1ann')
    await stage.signIn()
    expect(await stage.session()).toMatchObject({ role: 'viewer', person: null, session: { bound: false } })
    const [row] =
      await sql`select idle_seconds as idle, expires_at - made_at <= interval '1 hour' as short from hub.session`
    expect(row).toEqual({ idle: 900, short: true })
  })

  test('does not come in when the authority denies them, and is out when it does later', async () => {
    await addPerson('00u1ann', { denied: true })
    const stage = setStage()
    const { answer, text } = await stage.signIn()
    expect([answer.status, text]).toEqual([403, expect.stringContaining('Nobody can sign in as this person.')])
    expect(await countSessions()).toBe(0)
    await sql`update hub.person set denied_at = null`
    await stage.signIn()
    expect(await stage.session()).toMatchObject({ role: 'admin' })
    await sql`update hub.person set denied_at = now()`
    expect(await stage.session()).toBe('denied')
  })

  test('through Auth0 is the person to whom the user is linked, or whose Okta id its id names, and no other', async () => {
    const personOf = async (sub: string) => {
      issuer.account = { sub, name: 'Ann Lee', groups: ['bellhop-admins'] }
      const stage = setStage({ installed: [otherOkta(), asAuth0()] })
      const { answer } = await stage.signIn()
      const session = await stage.session()
      return answer.status === 303 && session && typeof session !== 'string'
        ? (session.person?.authorityId ?? null)
        : answer.status
    }
    await addPerson('00ulinked', { link: 'auth0|ann' })
    expect(await personOf('auth0|ann')).toBe('00ulinked')
    expect(await personOf('auth0|unknown')).toBe(null)
    expect(await personOf('okta|acme-okta|00unamed')).toBe('00unamed')
    expect(await personOf('okta|another|00unamed')).toBe(null)
    // A re-hire has two ids, of which the older is denied; of two who may come in neither is certain.
    await addPerson('00uformer', { link: 'auth0|ann', denied: true })
    expect(await personOf('auth0|ann')).toBe('00ulinked')
    await addPerson('00uother', { link: 'auth0|ann' })
    expect(await personOf('auth0|ann')).toBe(null)
    await addPerson('00uleft', { link: 'auth0|gone', denied: true })
    expect(await personOf('auth0|gone')).toBe(403)
  })

  test('through Auth0 has a role by e-mail from the named connection alone', async () => {
    const roleOf = async (sub: string) => {
      issuer.account = { sub, email: 'ann@acme.com', email_verified: true }
      return (await setStage({ installed: [asAuth0()], emailConnection: 'acme-okta' }).signIn()).answer.status
    }
    expect(await roleOf('okta|acme-okta|00u1')).toBe(303)
    expect(await roleOf('okta|another|00u1')).toBe(403)
    // In a connection of Auth0's own the rest of the id may be anything.
    expect(await roleOf('auth0|acme-okta|00u1')).toBe(403)
    expect(await roleOf('auth0|1')).toBe(403)
  })
})
