import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { type OktaTenant, startOktaTenant } from '../../../lab/simulators/okta/server.ts'
import { makeClientTokens } from '../../../src/host/client-tokens.ts'
import type { PersonState } from '../../../src/index.ts'
import { connectOkta } from '../org/client.ts'
import { config as schema } from '../org/config.ts'
import { connect } from '../org/connection.ts'
import { checkLeaving } from '../people/check-leaving.ts'
import { readPerson } from './read-person.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const authorityId = '00uAP'
const profile = { login: 'aron.palm@example.com', email: 'aron.palm@example.com', firstName: 'Aron', lastName: 'Palm' }

let tenant: OktaTenant
afterEach(() => tenant?.close())

/** Aron is in the group and has the app. Each read is given what the one before journaled; time moves as told. */
async function begin(
  settings: Record<string, string>,
  scopes = ['okta.users.read', 'okta.groups.read', 'okta.apps.read'],
) {
  tenant = await startOktaTenant({
    tokens: [{ value: 'reader', scopes }],
    users: [{ id: authorityId, profile }],
    groups: [{ id: '00gstaff', name: 'Staff', members: [authorityId] }],
    applications: [{ id: '0oaCRM', label: 'CRM', users: [authorityId] }],
  })
  const config = schema.parse({ OKTA_ORG_URL: tenant.url, OKTA_API_TOKEN: 'reader', ...settings })
  const client = await connectOkta({
    orgUrl: tenant.url,
    credential: config,
    scopes: [],
    fetch,
    retry: (work) => work(),
  })
  let known: PersonState | null = null
  let minutes = 0
  const { signal } = new AbortController()
  return {
    client,
    config,
    async read(after = 0): Promise<PersonState> {
      minutes += after
      const now = () => new Date(Date.parse('2026-05-01T08:00:00.000Z') + minutes * 60_000)
      const state = await readPerson({ client, config, signal, log, now, authorityId, known })
      if ('notFound' in state) throw new Error(state.detail)
      known = state
      return state
    },
  }
}

const app = { OKTA_LEAVE_APPS: '0oaCRM' }
const group = { OKTA_LEAVE_GROUPS: '00gstaff' }
const both = { ...app, ...group }
const loseApp = () => tenant.applications.unassign('0oaCRM', authorityId)
const loseGroup = () => tenant.groups.removeMember('00gstaff', authorityId)

describe('leaving by losing an app or a group', () => {
  test.each([
    {
      what: 'an app',
      settings: app,
      lose: loseApp,
      give: (): void => void tenant.applications.assign('0oaCRM', authorityId),
    },
    { what: 'a group', settings: group, lose: loseGroup, give: () => tenant.groups.addMember('00gstaff', authorityId) },
  ])(
    'losing $what counts when it was held before and is read as lost twice, ten minutes apart; coming back lets in (case 38)',
    async ({ settings, lose, give }) => {
      const { read } = await begin(settings)
      expect(await read()).toMatchObject({ access: 'allow', status: 'ACTIVE' })
      lose()
      expect(await read(1)).toMatchObject({ access: 'allow', readAgainSeconds: 600 })
      expect(await read(4)).toMatchObject({ access: 'allow', readAgainSeconds: 360 })
      expect(await read(6)).toMatchObject({
        access: 'deny',
        status: 'left',
        statusChangedAt: '2026-05-01T08:01:00.000Z',
      })
      give()
      expect(await read(1)).toMatchObject({ access: 'allow', status: 'ACTIVE' })
      // Lost again, it is a new loss.
      lose()
      expect(await read(1)).toMatchObject({ access: 'allow', readAgainSeconds: 600 })
    },
  )

  test('what was never held cannot be lost (case 38)', async () => {
    const { read } = await begin(both)
    loseApp()
    loseGroup()
    for (const after of [0, 11, 11]) expect((await read(after)).access).toBe('allow')
  })

  test('a loss that was a moment’s alone denies nobody (case 38)', async () => {
    const { read } = await begin(group)
    await read()
    loseGroup()
    expect((await read(1)).access).toBe('allow')
    tenant.groups.addMember('00gstaff', authorityId)
    expect(await read(5)).not.toHaveProperty('readAgainSeconds')
    loseGroup()
    // Ten minutes after the first loss, but not after this one.
    expect((await read(6)).access).toBe('allow')
  })

  test('all of them must be lost where the setting says so, and any is enough where it does not (case 38)', async () => {
    const all = await begin({ ...both, OKTA_LEAVE_WHEN: 'all' })
    await all.read()
    loseApp()
    await all.read(1)
    expect((await all.read(11)).access).toBe('allow')
    loseGroup()
    await all.read(1)
    expect((await all.read(11)).access).toBe('deny')
    await tenant.close()
    const any = await begin(both)
    await any.read()
    loseApp()
    await any.read(1)
    expect((await any.read(11)).access).toBe('deny')
  })

  test.each([
    {
      what: 'an app that is inactive',
      settings: app,
      spoil: () => {
        loseApp()
        tenant.applications.setStatus('0oaCRM', 'INACTIVE')
      },
    },
    { what: 'an app that is missing', settings: app, spoil: () => tenant.applications.remove('0oaCRM') },
    {
      what: 'an app that may not be read',
      settings: app,
      spoil: () => void tenant.misbehave({ path: /^\/api\/v1\/apps/, status: 403 }),
    },
    { what: 'a group that is missing', settings: group, spoil: () => tenant.groups.remove('00gstaff') },
    {
      what: 'groups that may not be read',
      settings: group,
      spoil: () => void tenant.misbehave({ path: /\/groups/, status: 403 }),
    },
  ])('$what says nothing: nobody is denied, and the doubt is told (case 38)', async ({ settings, spoil }) => {
    const { read } = await begin(settings)
    await read()
    spoil()
    for (const after of [1, 11, 11]) {
      const state = await read(after)
      expect(state).toMatchObject({ access: 'unknown', status: 'ACTIVE' })
      expect(state.doubt).toMatch(/^Whether the person has left cannot be told: /)
    }
  })

  test('a loss that counts already stays one while the app cannot be seen (case 38)', async () => {
    const { read } = await begin(app)
    await read()
    loseApp()
    await read(1)
    expect((await read(11)).access).toBe('deny')
    tenant.applications.setStatus('0oaCRM', 'INACTIVE')
    expect((await read(11)).access).toBe('deny')
  })

  test('who is out by the status is out without a question, and what was journaled stays (case 38)', async () => {
    const { read } = await begin(app)
    const before = await read()
    tenant.users.transition(authorityId, 'suspend')
    const calls = tenant.calls.length
    expect(await read(1)).toMatchObject({ access: 'deny', status: 'SUSPENDED', memory: before.memory })
    expect(tenant.calls.length - calls).toBe(1)
  })

  test('without the settings losing an app is no leaving, and nothing is asked (case 38)', async () => {
    const { read } = await begin({}, ['okta.users.read'])
    await read()
    loseApp()
    loseGroup()
    expect((await read(11)).access).toBe('allow')
    expect(tenant.calls.filter(({ path }) => /apps|groups/.test(path))).toEqual([])
  })

  test('doctor says which app and group cannot be seen or is inactive (case 38)', async () => {
    const { client, config } = await begin({ OKTA_LEAVE_APPS: '0oaCRM,0oaGONE', OKTA_LEAVE_GROUPS: '00gstaff' })
    expect((await checkLeaving({ client, config })).map(({ status }) => status)).toEqual(['ok', 'ok', 'problem'])
    tenant.applications.setStatus('0oaCRM', 'INACTIVE')
    const found = (await checkLeaving({ client, config })).find(({ name }) => name.includes('0oaCRM'))
    expect(found).toMatchObject({ status: 'problem', detail: expect.stringContaining('INACTIVE') })
  })

  test('scopes that were not granted leave it unclear, and the status counts as before (case 38)', async () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const publicKey = key.publicKey.export({ format: 'jwk' })
    tenant = await startOktaTenant({
      apps: [{ clientId: '0oahub', publicKey, scopes: ['okta.users.read'] }],
      users: [{ id: authorityId, profile }],
      applications: [{ id: '0oaCRM', label: 'CRM', users: [authorityId] }],
    })
    const config = schema.parse({
      OKTA_ORG_URL: tenant.url,
      OKTA_CLIENT_ID: '0oahub',
      OKTA_PRIVATE_KEY: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      OKTA_KEY_ID: 'kid1',
      ...app,
    })
    const client = await connect({
      id: 'okta',
      config,
      fetch,
      retry: (work) => work(),
      tokens: makeClientTokens({ id: 'okta' }),
      log,
    })
    const { signal } = new AbortController()
    const unread = { authorityId, status: 'ACTIVE', access: 'allow' as const, statusChangedAt: null }
    const read = (had: string[]) => {
      const known: PersonState = {
        ...{ ...unread, emails: [], logins: [], readAt: new Date().toISOString() },
        memory: { had, lost: {} },
      }
      return readPerson({ client, config, signal, log, now: () => new Date(), authorityId, known })
    }
    expect(await read([])).toMatchObject({ access: 'allow' })
    const doubted = await read(['0oaCRM'])
    expect(doubted).toMatchObject({ access: 'unknown', doubt: expect.stringContaining('invalid_scope') })
    expect((await checkLeaving({ client, config })).map(({ status }) => status)).toEqual(['problem'])
    tenant.users.transition(authorityId, 'suspend')
    expect(await read(['0oaCRM'])).toMatchObject({ access: 'deny', status: 'SUSPENDED' })
  })
})
