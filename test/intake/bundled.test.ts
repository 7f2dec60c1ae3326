import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { type BundledStage, githubLogins, setBundledStage, training } from '../support/bundled-stage.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR } from '../support/stage.ts'

const db = await testDatabase()

let stage: BundledStage
const ask = (...hook: Parameters<BundledStage['ask']>) => stage.ask(...hook)

beforeAll(async () => {
  stage = await setBundledStage(db)
})

afterAll(() => stage?.[Symbol.asyncDispose]())

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

const acme = () => stage.github.directory.organization('acme')
const loginOf = (email: string) => githubLogins[email] ?? ''

/** What a person has, as each vendor itself knows it. */
const held: Record<string, (who: Person) => string[]> = {
  billing: ({ enterpriseUserId }) => stage.tenants.auth0.roles.ofUser(enterpriseUserId).map(({ id }) => id),
  partners: ({ enterpriseUserId }) => stage.tenants.auth0.organizations.ofUser(enterpriseUserId).map(({ id }) => id),
  finance: ({ oktaId }) => stage.tenants.okta.groups.ofUser(oktaId).map(({ id }) => id),
  impersonate: ({ email }) => stage.relay.access.of(email),
  code: ({ email }) => (acme().members.has(loginOf(email)) ? ['acme'] : []),
  platform: ({ email }) => (acme().teams.get('platform')?.members.has(loginOf(email)) ? ['acme/platform'] : []),
  support: ({ email }) =>
    stage.zendesk.users.all().flatMap((user) => (user.email === email && user.role === 'agent' ? ['agent'] : [])),
}

const everything = (who: Person) => Object.fromEntries(Object.entries(held).map(([name, of]) => [name, of(who)]))
const nothing = Object.fromEntries(Object.keys(held).map((name): [string, string[]] => [name, []]))

describe('asked for over Lumos’ hooks, access', () => {
  test.each([
    ['auth0', 'billing', 'rol_billing'],
    ['auth0', 'partners', 'org_partners'],
    ['okta', 'finance', '00gfinance'],
    ['relay', 'impersonate', 'impersonate-customers'],
    ['zendesk', 'support', 'agent'],
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

  test('by github to an organization and a team is an invitation, then a membership, and taken away again', async () => {
    const about = (permission: string) => ({ permissions: [permission] })
    await done(ask('github', 'provision', about('code')))
    const [invitation] = acme().invitations
    expect(acme().invitations).toMatchObject([{ login: 'lena-p', role: 'direct_member' }])
    // GitHub asks the person; until then the hub counts the invitation as given.
    stage.github.directory.accept('acme', invitation?.id ?? 0, 'lena-p')
    await done(ask('github', 'provision', about('platform')))
    expect(everything(LENA)).toEqual({ ...nothing, code: ['acme'], platform: ['acme/platform'] })
    await done(ask('github', 'deprovision', about('platform')))
    expect(everything(LENA)).toEqual({ ...nothing, code: ['acme'] })
    await done(ask('github', 'deprovision', about('code')))
    expect(everything(LENA)).toEqual(nothing)
  })

  test('by print is told in the log, and nothing more', async () => {
    for (const kind of ['provision', 'deprovision']) await done(ask('print', kind, { permissions: ['anything'] }))
    const about = expect.objectContaining({ email: LENA.email, permissions: ['anything'] })
    expect(stage.logged).toEqual(
      expect.arrayContaining([
        { facts: about, message: 'Access would be given; nothing was' },
        { facts: about, message: 'Access would be taken away; nothing was' },
      ]),
    )
    expect(everything(LENA)).toEqual(nothing)
  })

  test('is told in Slack when it is given and when it has ended', async () => {
    const texts = () =>
      stage.slack.workspace.messages.map(({ text }) => text).filter((text) => text.includes(OMAR.email))
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
    stage.knowbe4.enrollments.push(finished)
    expect(await output(ask('knowbe4', 'validate', {}))).toEqual({ response: true })
    expect(await output(ask('knowbe4', 'validate', { email: OMAR.email }))).toMatchObject({ response: false })
  })

  test('to pagerduty is answered by who is on call', async () => {
    const short = { length: 3600 }
    const people = { response: false, reason_for_preapproval: expect.stringContaining('not on call') }
    expect(await output(ask('pagerduty', 'preapprove', short))).toEqual(people)
    stage.pagerduty.shifts.push({ email: LENA.email, policy: 'PPOLICY1', schedule: 'PSCHED1', start: null, end: null })
    expect(await output(ask('pagerduty', 'preapprove', short))).toEqual({ response: true })
    expect(await output(ask('pagerduty', 'preapprove', { ...short, email: OMAR.email }))).toEqual(people)
  })

  test('to relay is answered by the customer’s own endpoint', async () => {
    const about = { permissions: ['impersonate'] }
    expect(await output(ask('relay', 'validate', about))).toEqual({ response: true })
    stage.relay.access.reject(LENA.email, 'Not during the freeze.')
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

test('for the doctor all vendors are in order, but for the Action that nobody has deployed here', async () => {
  const { out } = await stage.operate('doctor', '--json')
  const checks: { area: string; name: string; status: string }[] = JSON.parse(out).checks
  expect(checks.filter(({ status }) => status === 'problem').map(({ name }) => name)).toEqual(['Auth0 Action'])
  const vendors = checks.filter(({ area, status }) => area === 'Vendors' && status === 'ok').map(({ name }) => name)
  expect(vendors).toEqual(
    expect.arrayContaining([
      'okta: granting group:00gfinance',
      'Auth0 grants',
      'relay: grants',
      'slack: token',
      'knowbe4: token',
      'pagerduty: schedules/PSCHED1',
      'GitHub team acme/platform',
      'Zendesk role:agent',
    ]),
  )
})

test('every bundled connector is on', async () => {
  const installed = stage.hub.installed.map(({ id }) => id)
  expect(installed.sort()).toEqual(connectors.map(({ id }) => id).sort())
})

test('access at Auth0 for two seconds is noted with its end there, and taken away by the hub itself', async () => {
  const notes = () => stage.tenants.auth0.users.get(LENA.enterpriseUserId).app_metadata.okta_grants ?? []
  await done(ask('auth0', 'provision', { permissions: ['billing'], length: 2 }))
  expect(everything(LENA)).toEqual({ ...nothing, billing: ['rol_billing'] })
  expect(notes()).toMatchObject([{ id: 'rol_billing', until: expect.any(String) }])
  await eventually(() => expect([everything(LENA), notes()]).toEqual([nothing, []]))
})

test('a deactivation in Okta takes away what was granted everywhere, and nothing where that is off', async () => {
  for (const [connector, permission] of [
    ['auth0', 'billing'],
    ['auth0', 'partners'],
    ['okta', 'finance'],
    ['github', 'code'],
    ['zendesk', 'support'],
    ['relay', 'impersonate'],
  ] as const) {
    for (const { email } of [OMAR, LENA]) {
      await done(ask(connector, 'provision', { email, permissions: [permission] }))
    }
  }
  for (const { id, login } of acme().invitations) stage.github.directory.accept('acme', id, login ?? '')
  const full = everything(LENA)
  expect(full).toMatchObject({ billing: ['rol_billing'], finance: ['00gfinance'], code: ['acme'], support: ['agent'] })
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

test('a granting credential that Okta refuses ends the request unfulfilled, with an alert, and keeps no lockout waiting; what it owes is taken away when it works again', async () => {
  const { okta } = stage.tenants
  const renewed = okta.misbehave({ path: '/api/v1/groups', status: 401 })
  const answer = await ask('okta', 'provision', { permissions: ['finance'] })
  const detail = expect.stringContaining('journal says why')
  expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ detail })])
  expect((await stage.hub.deliveries()).filter(({ kind }) => kind === 'provision').at(-1)?.status).toBe('uncertain')
  await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.missing_right']))
  await eventually(() => expect(stage.relay.messages.at(-1)?.type).toBe('hub.alert.missing_right'))
  expect(everything(LENA).finance).toEqual(['00gfinance'])
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
  await eventually(async () => expect(await open()).toMatchObject([{ kind: 'sync', status: 'pending' }]))
  expect(everything(LENA)).toEqual({ ...nothing, finance: ['00gfinance'], impersonate: ['impersonate-customers'] })
  renewed()
  await eventually(() => expect(everything(LENA).finance).toEqual([]))
  await eventually(async () => expect(await open()).toEqual([]))
})
