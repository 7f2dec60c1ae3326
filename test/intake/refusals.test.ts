import { beforeEach, describe, expect, test } from 'vitest'
import { type BundledStage, setBundledStage } from '../support/bundled-stage.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR } from '../support/stage.ts'

const db = await testDatabase()
const code = { permissions: ['code'] }
const platform = { permissions: ['platform'] }
const support = { permissions: ['support'] }
const json = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) })

let stage: BundledStage
beforeEach(async () => {
  stage = await setBundledStage(db)
  return () => stage[Symbol.asyncDispose]()
})

const status = async (...hook: Parameters<BundledStage['ask']>) => (await stage.ask(...hook)).status
const settingsOf = (id: string) => stage.hub.installed.find((one) => one.id === id)?.config ?? {}
const acme = () => stage.github.directory.organization('acme')
const roleOf = (email: string) => stage.zendesk.users.all().find((user) => user.email === email)?.role
const newest = async () => (await stage.hub.deliveries()).filter(({ kind }) => kind === 'deprovision').at(-1)

async function giveCode() {
  expect(await status('github', 'provision', code)).toBe(204)
  const [invitation] = acme().invitations
  stage.github.directory.accept('acme', invitation?.id ?? 0, 'lena-p')
  expect(acme().members.has('lena-p')).toBe(true)
}

describe('absence is no proof', () => {
  test.each([
    ['no provider', { data: { organization: { samlIdentityProvider: null } } }],
    ['no node', { data: { organization: { samlIdentityProvider: { externalIdentities: { nodes: [] } } } } }],
    [
      'a node without a user',
      {
        data: {
          organization: {
            samlIdentityProvider: {
              externalIdentities: { nodes: [null, { samlIdentity: { nameId: LENA.email }, user: null }] },
            },
          },
        },
      },
    ],
  ])('a revoke takes from the login that was given access, when GitHub tells %s (case 23)', async (_, body) => {
    const config = settingsOf('github')
    config.GITHUB_FIND_LOGIN = ['saml']
    acme().identities = [{ nameId: LENA.email, login: 'lena-p' }]
    await giveCode()
    stage.github.misbehave({ path: '/graphql', answer: json(200, body) })
    expect(await status('github', 'deprovision', code)).toBe(204)
    expect(acme().members.has('lena-p')).toBe(false)
  })

  test('a revoke takes from the login that was given access, when the map has lost it (case 24)', async () => {
    await giveCode()
    settingsOf('github').GITHUB_LOGINS = {}
    expect(await status('github', 'deprovision', code)).toBe(204)
    expect(acme().members.has('lena-p')).toBe(false)
  })

  test('a login that was changed since is found by its account id', async () => {
    await giveCode()
    settingsOf('github').GITHUB_LOGINS = {}
    stage.github.directory.rename('lena-p', 'lena-new')
    acme().members.delete('lena-p')
    acme().members.set('lena-new', { login: 'lena-new', role: 'member' })
    expect(await status('github', 'deprovision', code)).toBe(204)
    expect(acme().members.has('lena-new')).toBe(false)
  })

  test('a login that is a stranger’s by now loses nothing', async () => {
    await giveCode()
    settingsOf('github').GITHUB_LOGINS = {}
    const answer = {
      status: 200,
      body: JSON.stringify({ state: 'active', role: 'member', user: { id: 1, login: 'lena-p' } }),
    }
    stage.github.misbehave({ method: 'GET', path: /^\/user\/\d+$/, answer: json(404, { message: 'Not Found' }) })
    stage.github.misbehave({ method: 'GET', path: '/orgs/acme/memberships/lena-p', answer })
    expect(await status('github', 'deprovision', code)).toBe(503)
    expect(acme().members.has('lena-p')).toBe(true)
  })

  test('a grant whose login nobody knows any more is no revoke done: it goes on, with a reason', async () => {
    await giveCode()
    settingsOf('github').GITHUB_LOGINS = {}
    await db.sql`delete from hub.sighting where kind = 'link'`
    const answer = await stage.ask('github', 'deprovision', code)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      code: 'goes_on',
      detail: expect.stringContaining('not known any more'),
    })
    expect((await newest())?.lastError).toContain('not known any more')
    const [grant] = await db.sql`select ended_at from hub.access_grant`
    expect(grant).toMatchObject({ ended_at: null })
  })

  test('a revoke from a team that was renamed goes on, and says so', async () => {
    await giveCode()
    expect(await status('github', 'provision', platform)).toBe(204)
    const team = acme().teams.get('platform')
    if (!team) throw new Error('no team')
    acme().teams.delete('platform')
    acme().teams.set('platform-eng', { ...team, slug: 'platform-eng' })
    const answer = await stage.ask('github', 'deprovision', platform)
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('renamed')])
  })

  test.each([
    ['github', '/orgs/acme/memberships', code],
    ['zendesk', '/api/v2/users/100', support],
  ])('a 404 from in front of %s ends no revoke (case 39)', async (vendor, path, asked) => {
    const tenant = vendor === 'github' ? stage.github : stage.zendesk
    if (vendor === 'github') await giveCode()
    else expect(await status(vendor, 'provision', asked)).toBe(204)
    const headers: [string, string][] = [['content-type', 'text/html']]
    const end = tenant.misbehave({ path, answer: { status: 404, body: '<html>No such page</html>', headers } })
    expect(await status(vendor, 'deprovision', asked)).toBe(503)
    expect(vendor === 'github' ? acme().members.has('lena-p') : roleOf(LENA.email) === 'agent').toBe(true)
    end()
    await eventually(() =>
      expect(vendor === 'github' ? acme().members.has('lena-p') : roleOf(LENA.email) === 'agent').toBe(false),
    )
  })

  test('Zendesk’s 404 of a route is not its word for a user who is gone', async () => {
    expect(await status('zendesk', 'provision', support)).toBe(204)
    stage.zendesk.misbehave({ path: '/api/v2/users/100', answer: json(404, { error: 'InvalidEndpoint' }) })
    expect(await status('zendesk', 'deprovision', support)).toBe(503)
    expect(roleOf(LENA.email)).toBe('agent')
  })

  test('an agent whom Zendesk’s search does not show (any more) loses the role by id', async () => {
    expect(await status('zendesk', 'provision', support)).toBe(204)
    stage.zendesk.misbehave({ path: '/api/v2/users/search', answer: json(200, { users: [] }) })
    expect(await status('zendesk', 'deprovision', support)).toBe(204)
    expect(roleOf(LENA.email)).toBe('end-user')
  })
})

describe('a refusal of one object', () => {
  test('does not stop the connector for others: the next person gets the role (case 11)', async () => {
    stage.zendesk.misbehave({ path: '/api/v2/users/100', answer: json(403, { error: { title: 'Forbidden' } }) })
    const refused = await stage.ask('zendesk', 'provision', support)
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('refuses this one')])
    expect(await status('zendesk', 'provision', { ...support, email: OMAR.email })).toBe(204)
    expect(await stage.hub.journal.queue.listConnectorStates()).toEqual([])
  })

  test('of one organization at GitHub concerns that one alone', async () => {
    const answer = json(403, { message: 'Resource protected by organization SAML enforcement.' })
    stage.github.misbehave({ path: '/orgs/acme/memberships/lena-p', answer })
    expect(await status('github', 'provision', code)).toBe(503)
    expect(await status('github', 'provision', { ...code, email: OMAR.email })).toBe(204)
    expect(await stage.hub.journal.queue.listConnectorStates()).toEqual([])
  })

  test('pauses the connector once a neutral read is refused too', async () => {
    stage.zendesk.misbehave({ path: '/api/v2/users', answer: json(403, { error: { title: 'Forbidden' } }) })
    expect(await status('zendesk', 'provision', support)).toBe(503)
    expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([{ id: 'zendesk' }])
  })
})

describe('a collision at a write', () => {
  const conflict = { status: 409, body: JSON.stringify({ error: 'DatabaseConflict', errorCode: 'E0000009' }) }
  const row: [string, string, string][] = [
    ['zendesk', '/api/v2/users/100', 'support'],
    ['okta', '/api/v1/groups/00gfinance/users', 'finance'],
    ['github', '/orgs/acme/memberships', 'code'],
  ]
  const tenantOf = (vendor: string) =>
    vendor === 'okta' ? stage.tenants.okta : vendor === 'zendesk' ? stage.zendesk : stage.github
  const grants = async () => (await db.sql`select id from hub.access_grant where ended_at is null`).length

  test.each(row)('at %s is read back: what was written is granted, and recorded (cases 29, 30)', async (...one) => {
    const [vendor, path, permission] = one
    tenantOf(vendor).misbehave({ method: 'PUT', path, times: 1, answer: { ...conflict, afterWork: true } })
    expect(await status(vendor, 'provision', { permissions: [permission] })).toBe(204)
    expect(await grants()).toBe(1)
  })

  test.each(row)('at %s without a trace is not called a refusal, and leaves nothing behind', async (...one) => {
    const [vendor, path, permission] = one
    tenantOf(vendor).misbehave({ method: 'PUT', path, times: 1, answer: conflict })
    const answer = await stage.ask(vendor, 'provision', { permissions: [permission] })
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'too_late' }])
    await eventually(async () => {
      const provisions = (await stage.hub.deliveries()).filter(({ kind }) => kind === 'provision')
      expect(provisions.map((one) => one.status)).toEqual(['superseded'])
    })
    expect(await grants()).toBe(0)
  })

  test('that looks like a plain refusal is read back too: 422 is said only where nothing is there', async () => {
    const answer = { status: 422, body: JSON.stringify({ error: 'RecordInvalid' }), afterWork: true }
    stage.zendesk.misbehave({ method: 'PUT', path: '/api/v2/users/100', times: 1, answer })
    expect(await status('zendesk', 'provision', support)).toBe(204)
    expect(await grants()).toBe(1)
  })
})
