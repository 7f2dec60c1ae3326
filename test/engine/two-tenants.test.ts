import { expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { hookSecret, makeAuth0Environment, registerEventHook } from '../../lab/environment.ts'
import { CAST, startTenants } from '../../lab/simulators/seed.ts'
import { readConfiguration } from '../../src/config/configuration.ts'
import { systemClock } from '../../src/core/clock.ts'
import { reportGoLive } from '../../src/operate/go-live.ts'
import { eventually } from '../support/eventually.ts'
import { lumosBody } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, setStage } from '../support/stage.ts'

const db = await testDatabase()
const euId = '00uLENAINEUROPE0001'
const inlineSecret = 'a-lumos-secret-of-a-test'

/**
 * Two orgs and two tenants beside each other: Lena is in both, under one e-mail. Each tenant has a database user with
 * her e-mail; `auth0_eu` acts for whom the settings name.
 */
async function besideTenants(settings: Record<string, string> = {}) {
  const other = await startTenants()
  other.okta.users.seed({
    id: euId,
    profile: { login: 'lena.eu@acme-demo.test', email: LENA.email, firstName: 'Lena', lastName: 'Reyes' },
  })
  other.okta.users.remove(LENA.oktaId)
  // Only a tenant of both orgs has a user of the one org's Lena.
  if (!settings.AUTH0_EU_AUTHORITIES) other.auth0.users.remove(LENA.enterpriseUserId)
  const european = Object.entries(makeAuth0Environment(other.auth0)).map(([name, value]) => [
    name.replace('AUTH0_', 'AUTH0_EU_'),
    value,
  ])
  const grants = JSON.stringify({ 'orbit-admin': { 'billing:operate': `role:${CAST.access.role.id}` } })
  const stage = await setStage({
    db,
    settings: {
      HUB_INSTANCES: 'okta_eu:okta,auth0_eu:auth0',
      OKTA_EU_ORG_URL: other.okta.url,
      OKTA_EU_API_TOKEN: other.okta.token,
      OKTA_EU_HOOK_SECRETS: hookSecret,
      ...Object.fromEntries(european),
      AUTH0_AUTHORITIES: 'okta',
      AUTH0_EU_AUTHORITIES: 'okta_eu',
      AUTH0_GRANTS: grants,
      AUTH0_EU_GRANTS: grants,
      LUMOS_HOOK_SECRETS: `auth0/*:${inlineSecret},auth0_eu/*:${inlineSecret}`,
      ...settings,
    },
    // People are looked at when the resync queues them, too.
    upkeep: { resync: false },
  })
  const types = ['user.lifecycle.activate', 'user.lifecycle.deactivate']
  await registerEventHook(other.okta, { url: `${stage.hub.url}/hooks/okta_eu`, types })
  const blocked = () => ({
    here: stage.tenants.auth0.users.get(LENA.databaseUserId).blocked ?? false,
    there: other.auth0.users.get(LENA.databaseUserId).blocked ?? false,
  })
  const settle = () =>
    eventually(async () => {
      const open = await db.sql`select status from hub.delivery where status = 'pending'`
      expect(open).toEqual([])
    })
  return {
    ...{ other, stage, blocked, settle },
    ask: (connector: string, kind: string) =>
      fetch(`${stage.hub.url}/hooks/lumos/${connector}/${kind}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: inlineSecret },
        body: JSON.stringify(lumosBody({ email: LENA.email })),
      }),
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      await other.close()
    },
  }
}

test('a leaver of one org is shut in its own tenant alone, though somebody has the same e-mail in the other (kind 16)', async () => {
  await using both = await besideTenants()
  both.stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(both.blocked()).toEqual({ here: true, there: false }))
  await both.settle()
  expect(both.other.auth0.calls.filter(({ method }) => method === 'PATCH')).toEqual([])
  // Who holds the e-mail in the org that this tenant does not act for is no rival: no conflict.
  expect(await both.stage.hub.alerts()).toEqual([])
})

test('a person who moves from one org to the other is shut and opened where each org says so (kind 16)', async () => {
  await using both = await besideTenants()
  const { other, stage } = both
  other.okta.users.transition(euId, 'deactivate')
  await eventually(() => expect(both.blocked()).toEqual({ here: false, there: true }))
  // She moves to Europe.
  other.okta.users.transition(euId, 'activate')
  await eventually(() => expect(both.blocked()).toEqual({ here: false, there: false }))
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(both.blocked()).toEqual({ here: true, there: false }))
  // And back.
  stage.tenants.okta.users.transition(LENA.oktaId, 'activate')
  other.okta.users.transition(euId, 'deactivate')
  await eventually(() => expect(both.blocked()).toEqual({ here: false, there: true }))
  await both.settle()
  expect(await stage.hub.alerts()).toEqual([])
})

test('a resync, a replay and a report of one org’s people touch its own tenant alone (kind 16)', async () => {
  await using both = await besideTenants()
  const { stage, other } = both
  stage.silently(LENA.oktaId, 'deactivate')
  const signal = AbortSignal.timeout(60_000)
  await stage.hub.resync({ source: 'okta', mode: { kind: 'full' }, signal })
  await eventually(() => expect(both.blocked().here).toBe(true))
  await both.settle()
  const [lane, foreign] = ['auth0', 'auth0_eu'].map((connector) => `${connector}/okta/${LENA.oktaId}`)
  const keys = (await db.sql`select key from hub.lane where authority = 'okta'`).map(({ key }) => String(key))
  expect(keys.filter((key) => key.startsWith('auth0_eu/'))).toEqual([])
  // A delivery that was journaled before the setting was made runs to its end, and plans nothing.
  await db.sql`insert into hub.lane (key, connector, authority, person, next_at)
    select ${foreign ?? ''}, 'auth0_eu', authority, person, now() from hub.lane where key = ${lane ?? ''}`
  await db.sql`update hub.delivery set status = 'pending', next_attempt_at = now(), connector = 'auth0_eu',
    lane = ${foreign ?? ''} where lane = ${lane ?? ''}`
  stage.hub.drain.nudge()
  await both.settle()
  const report = await reportGoLive({
    ...{ journal: stage.hub.journal, installed: stage.hub.installed, clock: systemClock, signal, concurrency: 2 },
    ...{ wait: async () => {}, onProgress: () => {} },
  })
  expect(report.rows.filter(({ connector }) => connector === 'auth0_eu')).toEqual([])
  expect(both.blocked().there).toBe(false)
  expect(other.auth0.calls.filter(({ method }) => method === 'PATCH')).toEqual([])
})

test('a request about a person of another org is refused, recorded and alerted, and nothing happens (kind 16)', async () => {
  await using both = await besideTenants()
  for (const kind of ['provision', 'deprovision']) {
    const answer = await both.ask('auth0_eu', kind)
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({
      code: 'unmapped_request',
      detail: 'auth0_eu does not act on people of okta.',
    })
  }
  expect(await both.stage.hub.alerts()).toEqual(['hub.alert.unmapped_request'])
  expect(both.other.auth0.calls).toEqual([])
  expect((await both.ask('auth0', 'provision')).status).toBe(204)
})

test('what was granted to a person of another org before the setting is taken away all the same (kind 16)', async () => {
  await using both = await besideTenants({ AUTH0_EU_AUTHORITIES: 'okta,okta_eu' })
  expect((await both.ask('auth0_eu', 'provision')).status).toBe(204)
  const there = both.stage.hub.installed.find(({ id }) => id === 'auth0_eu')
  if (there) there.config.AUTH0_AUTHORITIES = ['okta_eu']
  expect((await both.ask('auth0_eu', 'deprovision')).status).toBe(204)
  expect((await both.ask('auth0_eu', 'deprovision')).status).toBe(422)
})

const base = {
  OKTA_ORG_URL: 'https://acme.okta.com',
  OKTA_API_TOKEN: 'a-token-that-opens-nothing',
  OKTA_HOOK_SECRETS: 'a-secret-that-opens-nothing',
  OKTA_EU_ORG_URL: 'https://acme-eu.okta.com',
  OKTA_EU_API_TOKEN: 'a-token-that-opens-nothing',
  OKTA_EU_HOOK_SECRETS: 'a-secret-that-opens-nothing',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'a-client',
  AUTH0_CLIENT_SECRET: 'a-secret-that-opens-nothing',
  HUB_INSTANCES: 'okta_eu:okta',
}

test.each([
  { what: 'is not set', settings: {}, setting: 'AUTH0_AUTHORITIES', says: 'is missing' },
  {
    what: 'is not set for the second tenant',
    settings: {
      HUB_INSTANCES: 'okta_eu:okta,auth0_eu:auth0',
      AUTH0_AUTHORITIES: 'okta',
      AUTH0_EU_DOMAIN: 'acme-eu.eu.auth0.com',
      AUTH0_EU_CLIENT_ID: 'a-client',
      AUTH0_EU_CLIENT_SECRET: 'a-secret-that-opens-nothing',
    },
    setting: 'AUTH0_EU_AUTHORITIES',
    says: 'is missing',
  },
  { what: 'names none', settings: { AUTH0_AUTHORITIES: 'okta_us' }, setting: 'AUTH0_AUTHORITIES', says: 'okta_us' },
])('with several orgs the hub does not start when AUTH0_AUTHORITIES $what (kind 16)', ({ settings, setting, says }) => {
  const read = readConfiguration({ ...base, ...settings }, connectors)
  const problems = 'problems' in read ? read.problems : []
  expect(problems).toMatchObject([{ setting, what: expect.stringContaining(says) }])
  expect(problems[0]?.fix).toContain(`${setting}=okta,okta_eu`)
})

test('with one org AUTH0_AUTHORITIES may be left out, and with several it names some (kind 16)', () => {
  expect(readConfiguration({ ...base, AUTH0_AUTHORITIES: 'okta' }, connectors)).toHaveProperty('configuration')
  expect(readConfiguration({ ...base, HUB_INSTANCES: '' }, connectors)).toHaveProperty('configuration')
})
