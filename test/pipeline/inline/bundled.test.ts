import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { type KnowBe4Account, startKnowBe4Account } from '../../../src/demo/tenants/knowbe4/server.ts'
import { type PagerDutyAccount, startPagerDutyAccount } from '../../../src/demo/tenants/pagerduty/server.ts'
import { type RelayReceiver, startRelayReceiver } from '../../../src/demo/tenants/relay/server.ts'
import { type SlackWorkspace, startSlackWorkspace } from '../../../src/demo/tenants/slack/server.ts'
import { eventually } from '../../support/eventually.ts'
import { lumosBody } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const lumosSecret = 'lumos-secret'
const relaySecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const channel = 'C0EXAMPLE01'
const training = 'Security Basics'

let stage: Stage
let relay: RelayReceiver
let knowbe4: KnowBe4Account
let pagerduty: PagerDutyAccount
let slack: SlackWorkspace
/** What the hub and its connectors wrote to the log. */
const logged: { facts: Record<string, unknown>; message: string }[] = []

beforeAll(async () => {
  relay = await startRelayReceiver({ secrets: [relaySecret] })
  knowbe4 = await startKnowBe4Account({ users: [LENA, OMAR].map(({ email }, i) => ({ id: i + 1, email })) })
  pagerduty = await startPagerDutyAccount()
  slack = await startSlackWorkspace({ channels: [channel] })
  stage = await setStage({
    db,
    tenants: {
      okta: {
        tokens: [
          { value: 'reader', scopes: ['okta.users.read'] },
          { value: 'granter', scopes: ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read'] },
        ],
        groups: [{ id: '00gfinance', name: 'Finance' }],
      },
      auth0: {
        roles: [{ id: 'rol_billing', name: 'Billing' }],
        organizations: [{ id: 'org_partners', name: 'partners' }],
      },
    },
    settings: settings(),
    log: { ...silentLog, info: (facts, message) => void logged.push({ facts, message }) },
  })
})

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]()
  await Promise.all([relay, knowbe4, pagerduty, slack].map((one) => one?.close()))
})

/** All that is bundled, in one environment as an operator would write it. */
function settings(): Record<string, string> {
  return {
    LUMOS_HOOK_SECRETS: `*/*:${lumosSecret}`,
    AUTH0_GRANTS: JSON.stringify({ crm: { billing: 'role:rol_billing', partners: 'organization:org_partners' } }),
    AUTH0_REVOKE_ON_DENY: 'true',
    OKTA_GRANTS: JSON.stringify({ crm: { finance: 'group:00gfinance' } }),
    OKTA_GRANTS_API_TOKEN: 'granter',
    OKTA_REVOKE_ON_DENY: 'true',
    RELAY_URL: relay.url,
    RELAY_SECRETS: relaySecret,
    RELAY_GRANTS: JSON.stringify({ crm: { impersonate: 'impersonate-customers' } }),
    RELAY_ASKS_HAS: 'true',
    PRINT: 'on',
    KNOWBE4_TOKEN: knowbe4.token,
    KNOWBE4_TRAINING: training,
    KNOWBE4_BASE_URL: knowbe4.url,
    PAGERDUTY_TOKEN: pagerduty.token,
    PAGERDUTY_SCHEDULES: 'PSCHED1',
    PAGERDUTY_BASE_URL: pagerduty.url,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_CHANNEL: channel,
    SLACK_EVENTS: 'hub.access.*',
    SLACK_BASE_URL: slack.url,
  }
}

type Ask = Parameters<typeof lumosBody>[0]

/** Sends an inline hook as Lumos would. */
function ask(connector: string, kind: string, about: Ask): Promise<Response> {
  return fetch(`${stage.hub.url}/hooks/lumos/${connector}/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: lumosSecret },
    body: JSON.stringify(lumosBody({ app: 'crm', ...about })),
  })
}

/** A refusal is told with its reason, so that a failing test says why. */
async function done(response: Promise<Response>): Promise<void> {
  const { status, ...answer } = await response.then(async (one) => ({ status: one.status, text: await one.text() }))
  expect({ status, ...answer }).toEqual({ status: 204, text: '' })
}

async function output(response: Promise<Response>): Promise<unknown> {
  const { status, text } = await response.then(async (one) => ({ status: one.status, text: await one.text() }))
  expect({ status, text }).toMatchObject({ status: 200 })
  return JSON.parse(text).output
}

type Person = { oktaId: string; email: string; enterpriseUserId: string }

/** What is not done, or did not go well. */
const open = async () =>
  (await stage.hub.deliveries()).filter(({ status }) => !['succeeded', 'superseded'].includes(status))

/** What somebody has, as each vendor itself knows it. */
const held: Record<string, (who: Person) => string[]> = {
  billing: ({ enterpriseUserId }) => stage.tenants.auth0.roles.ofUser(enterpriseUserId).map(({ id }) => id),
  partners: ({ enterpriseUserId }) => stage.tenants.auth0.organizations.ofUser(enterpriseUserId).map(({ id }) => id),
  finance: ({ oktaId }) => stage.tenants.okta.groups.ofUser(oktaId).map(({ id }) => id),
  impersonate: ({ email }) => relay.access.of(email),
}

const everything = (who: Person) => Object.fromEntries(Object.entries(held).map(([name, of]) => [name, of(who)]))
const nothing = { billing: [], partners: [], finance: [], impersonate: [] }

describe('asked for over Lumos’ hooks, access', () => {
  test.each([
    ['auth0', 'billing', 'rol_billing'],
    ['auth0', 'partners', 'org_partners'],
    ['okta', 'finance', '00gfinance'],
    ['relay', 'impersonate', 'impersonate-customers'],
  ])(
    'by %s to %s is given at the vendor, to nobody else, and taken away again',
    async (connector, permission, target) => {
      await done(ask(connector, 'provision', { permissions: [permission] }))
      expect(everything(LENA)).toEqual({ ...nothing, [permission]: [target] })
      expect(everything(OMAR)).toEqual(nothing)
      await done(ask(connector, 'deprovision', { permissions: [permission] }))
      expect(everything(LENA)).toEqual(nothing)
    },
  )

  test('by print is told in the log, and nothing more', async () => {
    for (const kind of ['provision', 'deprovision']) await done(ask('print', kind, { permissions: ['anything'] }))
    const about = expect.objectContaining({ email: LENA.email, permissions: ['anything'] })
    expect(logged).toEqual(
      expect.arrayContaining([
        { facts: about, message: 'Access would be given; nothing was' },
        { facts: about, message: 'Access would be taken away; nothing was' },
      ]),
    )
    expect(everything(LENA)).toEqual(nothing)
  })

  test('is told in Slack when it is given and when it has ended', async () => {
    const texts = () => slack.workspace.messages.map(({ text }) => text).filter((text) => text.includes(OMAR.email))
    const about = { email: OMAR.email, permissions: ['billing'] }
    await done(ask('auth0', 'provision', about))
    await eventually(() => expect(texts()).toHaveLength(1))
    await done(ask('auth0', 'deprovision', about))
    await eventually(() => expect(texts()).toHaveLength(2))
  })
})

describe('a question over Lumos’ hooks', () => {
  const finished = { userId: 1, module: training, status: 'Passed', completedAt: '2026-10-01T10:00:00.000Z' }

  test('to knowbe4 is answered by who has completed the training', async () => {
    const refused = await output(ask('knowbe4', 'validate', {}))
    expect(refused).toEqual({ response: false, error_message: expect.stringContaining(training) })
    knowbe4.enrollments.push(finished)
    expect(await output(ask('knowbe4', 'validate', {}))).toEqual({ response: true })
    expect(await output(ask('knowbe4', 'validate', { email: OMAR.email }))).toMatchObject({ response: false })
  })

  test('to pagerduty is answered by who is on call', async () => {
    const short = { length: 3600 }
    const people = { response: false, reason_for_preapproval: expect.stringContaining('not on call') }
    expect(await output(ask('pagerduty', 'preapprove', short))).toEqual(people)
    pagerduty.shifts.push({ email: LENA.email, policy: 'PPOLICY1', schedule: 'PSCHED1', start: null, end: null })
    expect(await output(ask('pagerduty', 'preapprove', short))).toEqual({ response: true })
    expect(await output(ask('pagerduty', 'preapprove', { ...short, email: OMAR.email }))).toEqual(people)
  })

  test('to relay is answered by the customer’s own endpoint', async () => {
    const about = { permissions: ['impersonate'] }
    expect(await output(ask('relay', 'validate', about))).toEqual({ response: true })
    relay.access.reject(LENA.email, 'Not during the freeze.')
    expect(await output(ask('relay', 'validate', about))).toEqual({
      response: false,
      error_message: 'Not during the freeze.',
    })
    expect(await output(ask('relay', 'preapprove', about))).toEqual({
      response: false,
      reason_for_preapproval: 'By policy.',
    })
  })

  test('to print is valid, and left to people', async () => {
    expect(await output(ask('print', 'validate', {}))).toEqual({ response: true })
    expect(await output(ask('print', 'preapprove', {}))).toMatchObject({ response: false })
  })
})

test('what is asked of a connector that has no such hook, or is not on, is 404', async () => {
  expect((await ask('knowbe4', 'provision', {})).status).toBe(404)
  expect((await ask('nobody', 'provision', {})).status).toBe(404)
})

test('a deactivation in Okta takes away what was granted at Auth0 and Okta, and nothing where that is off', async () => {
  for (const [connector, permission] of [
    ['auth0', 'billing'],
    ['auth0', 'partners'],
    ['okta', 'finance'],
    ['relay', 'impersonate'],
  ] as const) {
    for (const { email } of [OMAR, LENA]) {
      await done(ask(connector, 'provision', { email, permissions: [permission] }))
    }
  }
  const full = everything(LENA)
  expect(everything(OMAR)).toEqual(full)

  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  await eventually(() => expect(everything(OMAR)).toEqual({ ...nothing, impersonate: full.impersonate }))
  const live = async () =>
    (await stage.hub.sql`
      select p.authority_id as who, g.connector from hub.access_grant g join hub.person p on p.id = g.person
      where g.ended_at is null order by 1, 2`) as unknown as { who: string; connector: string }[]
  const ofOmar = async () => (await live()).filter(({ who }) => who === OMAR.oktaId).map((one) => one.connector)
  await eventually(async () => expect(await ofOmar()).toEqual(['relay']))
  expect(everything(LENA)).toEqual(full)

  await done(ask('relay', 'deprovision', { email: OMAR.email, permissions: ['impersonate'] }))
  expect(everything(OMAR)).toEqual(nothing)
  await eventually(async () => expect((await open()).map(({ id }) => id)).toEqual([]))
})

test('a granting credential that Okta refuses ends the request unfulfilled, with an alert, and keeps no lockout waiting', async () => {
  const { okta } = stage.tenants
  okta.credentials.revoke('granter')
  const answer = await ask('okta', 'provision', { permissions: ['finance'] })
  const detail = expect.stringContaining('Okta does not take the credential that grants')
  expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ detail })])
  expect((await stage.hub.deliveries()).filter(({ kind }) => kind === 'provision').at(-1)?.status).toBe('superseded')
  await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.missing_right']))
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
})
