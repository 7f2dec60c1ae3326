import { createServer, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OktaTenant, startOktaTenant } from '../../../lab/simulators/okta/server.ts'
import { makeClientTokens } from '../../../src/host/client-tokens.ts'
import { CredentialError, UsageError } from '../../../src/index.ts'
import { doctor } from '../doctor.ts'
import { config } from '../org/config.ts'
import { connect } from '../org/connection.ts'
import { listLeaveEventTypes } from '../org/leave-events.ts'
import { listNeededEventTypes } from './desired-hook.ts'
import { type InstallHookQuestion, installHook } from './install-hook.ts'
import { installHookCommand } from './install-hook-command.ts'

const needed = listNeededEventTypes({ denyStatuses: [] })

let tenant: OktaTenant
let hub: Awaited<ReturnType<typeof startHub>>

beforeEach(async () => {
  tenant = await startOktaTenant()
  hub = await startHub()
})

afterEach(async () => {
  await hub.close()
  await tenant.close()
})

/** As much of a hub as Okta sees: it echoes the challenge and takes its secrets. */
async function startHub() {
  const state = { secrets: ['first'], echoes: true, recorded: 0 }
  const isOurs = (request: IncomingMessage) => state.secrets.includes(request.headers.authorization ?? '')
  const server = createServer((request, response) => {
    const challenge = request.headers['x-okta-verification-challenge']
    if (request.method === 'GET') {
      return response.end(JSON.stringify(state.echoes ? { verification: challenge } : {}))
    }
    if (!isOurs(request)) return response.writeHead(401).end()
    request.setEncoding('utf8').on('data', () => {
      state.recorded += 1
    })
    request.on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const origin = `http://127.0.0.1:${address.port}`
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections())
  return { state, origin, uri: `${origin}/hooks/okta`, close }
}

function install(over: Partial<InstallHookQuestion> = {}) {
  return installHook({
    orgUrl: tenant.url,
    adminToken: tenant.token,
    uri: hub.uri,
    header: 'authorization',
    secret: 'first',
    eventTypes: needed,
    fetch,
    say: () => {},
    ...over,
  })
}

const writes = () =>
  tenant.calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`)
const onlyHook = () => {
  const [hook, ...others] = tenant.hooks.list()
  if (!hook || others.length > 0) throw new Error('not exactly one hook')
  return hook
}

describe('installing the hook', () => {
  test('a token that may not manage hooks is refused', async () => {
    await expect(install({ adminToken: 'wrong' })).rejects.toThrow(CredentialError)
  })

  test('a hub that does not echo the challenge is said so, with what to do, and nothing is written', async () => {
    hub.state.echoes = false
    await expect(install()).rejects.toMatchObject({
      message: expect.stringContaining('does not answer as this hub would, so nothing was changed in Okta'),
      fix: expect.stringContaining('proxy'),
    })
    expect(writes()).toEqual([])
    hub.state.echoes = true
    expect((await install()).differences).toEqual([`No event hook in Okta has the address ${hub.uri}.`])
    expect(onlyHook().verificationStatus).toBe('VERIFIED')
  })

  test('a hub that does not answer is said so, with what to do, and nothing is written', async () => {
    await hub.close()
    await expect(install()).rejects.toMatchObject({
      message: expect.stringContaining('does not answer, so nothing was changed in Okta'),
      fix: expect.stringContaining('--not-from-here'),
    })
    expect(writes()).toEqual([])
  })

  test('an address at which there is no such source is said so, and nothing is written', async () => {
    const answers: typeof fetch = (url, init) =>
      String(url).startsWith(hub.origin) ? Promise.resolve(new Response('', { status: 404 })) : fetch(url, init)
    await expect(install({ fetch: answers })).rejects.toMatchObject({
      why: 'It answered 404: what answers there has no such source.',
      fix: expect.stringContaining('HUB_PUBLIC_URL'),
    })
    expect(writes()).toEqual([])
  })

  test('a new hook that Okta cannot verify is removed again', async () => {
    hub.state.echoes = false
    await expect(install({ notFromHere: true })).rejects.toMatchObject({
      message: expect.stringContaining('Okta could not verify the event hook'),
      why: expect.stringContaining('removed again'),
      fix: expect.stringContaining('reached from the internet'),
    })
    expect(tenant.hooks.list()).toEqual([])
  })

  test('a new hook that can neither be verified nor removed is named, with how it is removed by hand', async () => {
    hub.state.echoes = false
    const noDeletes: typeof fetch = (url, init) =>
      init?.method === 'DELETE' ? Promise.resolve(new Response('', { status: 500 })) : fetch(url, init)
    const refused = install({ notFromHere: true, fetch: noDeletes })
    await expect(refused).rejects.toThrow(UsageError)
    const { id } = onlyHook()
    await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining(`delete "Bellhop" (${id})`) })
  })

  test('a hook that was there before stays when Okta cannot verify it', async () => {
    const { id } = tenant.hooks.create(body())
    hub.state.echoes = false
    await expect(install({ notFromHere: true })).rejects.toThrow('could not verify')
    expect(onlyHook().id).toBe(id)
  })

  test('a secret that the hub does not take yet changes nothing in Okta', async () => {
    await install()
    await expect(install({ secret: 'second' })).rejects.toThrow('does not take this secret yet')
    expect(onlyHook()).toMatchObject({
      verificationStatus: 'VERIFIED',
      channel: { config: { authScheme: { value: 'first' } } },
    })
  })

  test('more event types than Okta takes are refused, and none of the old ones is given up', async () => {
    const hook = tenant.hooks.create(body({ items: Array.from({ length: 295 }, (_, i) => `app.example.${i}`) }))
    await expect(install()).rejects.toThrow('event types')
    expect(tenant.hooks.get(hook.id).events.items).toHaveLength(295)
  })

  test('a new hook is created, verified and delivers', async () => {
    const { id } = await install()
    expect(onlyHook()).toMatchObject({ id, status: 'ACTIVE', verificationStatus: 'VERIFIED' })
    expect(onlyHook().events.items).toEqual(needed)
    tenant.users.seed({ id: '00u1', profile: { login: 'a@b.test', firstName: 'A', lastName: 'B' } })
    tenant.users.transition('00u1', 'suspend')
    await tenant.idle()
    expect(tenant.deliveries).toMatchObject([{ outcome: 'delivered' }])
  })

  test('looking whether the hub takes the secret leaves no trace there', async () => {
    await install()
    expect(hub.state.recorded).toBe(0)
  })

  test('a second run writes nothing', async () => {
    await install()
    const before = writes()
    expect(await install()).toMatchObject({ differences: [] })
    expect(writes()).toEqual(before)
  })

  test('a check writes nothing and tells the differences', async () => {
    expect(await install({ check: true })).toMatchObject({ id: null, differences: [expect.stringContaining(hub.uri)] })
    await install()
    const before = writes()
    const changed = await install({ check: true, secret: 'second', eventTypes: [...needed, 'user.account.lock'] })
    expect(changed.differences).toEqual([
      'The hook is not subscribed to user.account.lock.',
      'The hook may bear another secret than the first of OKTA_HOOK_SECRETS.',
    ])
    expect(writes()).toEqual(before)
  })

  test('what the hook has already is kept: name, texts, headers and subscriptions', async () => {
    tenant.hooks.create(body({ items: ['group.user_membership.add', 'user.lifecycle.suspend'] }))
    await install()
    expect(onlyHook()).toMatchObject({
      name: 'made by hand',
      description: expect.stringMatching(/^Do not touch\. \[secret [0-9a-f]{8}\]$/),
      verificationStatus: 'VERIFIED',
      channel: { config: { headers: [{ key: 'X-Team', value: 'iam' }], authScheme: { value: 'first' } } },
    })
    const { items } = onlyHook().events
    expect(items.slice(0, 2)).toEqual(['group.user_membership.add', 'user.lifecycle.suspend'])
    expect(new Set(items)).toEqual(new Set(['group.user_membership.add', ...needed]))
    expect(new Set(items).size).toBe(items.length)
  })

  test("another hub's hook in the same org is left alone", async () => {
    const other = tenant.hooks.create(body({ uri: 'https://staging.acme.test/hooks/okta' }))
    await install()
    expect(tenant.hooks.get(other.id)).toEqual(other)
    expect(tenant.hooks.list()).toHaveLength(2)
  })

  test('a hook that was switched off is switched on and verified', async () => {
    const { id } = await install()
    tenant.hooks.setStatus(id ?? '', 'INACTIVE')
    await install()
    expect(onlyHook()).toMatchObject({ status: 'ACTIVE', verificationStatus: 'VERIFIED' })
  })

  test('a rotation walks through: both taken, changed, verified, mark renewed', async () => {
    await install()
    hub.state.secrets = ['second', 'first']
    expect((await install({ secret: 'second' })).differences).toHaveLength(1)
    expect(onlyHook()).toMatchObject({
      verificationStatus: 'VERIFIED',
      channel: { config: { authScheme: { value: 'second' } } },
    })
    expect(onlyHook().description?.match(/\[secret/g)).toHaveLength(1)
    expect((await install({ secret: 'second' })).differences).toEqual([])
  })
})

describe('the command', () => {
  const run = (settings: Record<string, string>, options: Record<string, string | boolean> = {}) => {
    const said: string[] = []
    const result = installHookCommand.run({
      setting: (name) => settings[name],
      options,
      credential: async () => tenant.token,
      file: async () => '',
      fetch,
      say: (line) => said.push(line),
    })
    return Object.assign(result, { said })
  }

  test.each(['OKTA_ORG_URL', 'OKTA_HOOK_SECRETS', 'HUB_PUBLIC_URL'])(
    'without %s it says which is missing',
    async (name) => {
      const settings = { OKTA_ORG_URL: tenant.url, OKTA_HOOK_SECRETS: 'first', HUB_PUBLIC_URL: hub.origin, [name]: '' }
      await expect(run(settings)).rejects.toThrow(`${name} is missing`)
    },
  )

  test('the hook is made from the settings of the hub, and never says the secret', async () => {
    hub.state.secrets = ['hunter2-new']
    const settings = {
      OKTA_ORG_URL: tenant.url,
      OKTA_HOOK_SECRETS: 'hunter2-new,hunter2-old',
      HUB_PUBLIC_URL: `${hub.origin}/`,
    }
    expect(await run(settings, { check: true })).toBe(false)
    const installing = run(settings)
    expect(await installing).toBe(true)
    expect(installing.said.join('\n')).not.toContain('hunter2')
    expect(onlyHook().channel.config).toMatchObject({ uri: hub.uri, authScheme: { value: 'hunter2-new' } })
    expect(await run(settings, { check: true })).toBe(true)
  })

  test('locking is subscribed to only when it denies', async () => {
    const settings = { OKTA_ORG_URL: tenant.url, OKTA_HOOK_SECRETS: 'first', HUB_PUBLIC_URL: hub.origin }
    await run(settings)
    expect(onlyHook().events.items).not.toContain('user.account.lock')
    await run({ ...settings, OKTA_DENY_STATUSES: 'SUSPENDED,LOCKED_OUT' })
    expect(onlyHook().events.items).toContain('user.account.lock')
  })
})

describe('the doctor', () => {
  const examine = async (token: string, settings: Record<string, string> = {}) => {
    const parsed = config.parse({ OKTA_ORG_URL: tenant.url, OKTA_API_TOKEN: token, ...settings })
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const client = await connect({
      id: 'okta',
      config: parsed,
      fetch,
      retry: (read) => read(),
      tokens: makeClientTokens({ id: 'okta' }),
      log,
    })
    const checks = await doctor({ client, config: parsed, fetch, publicUrl: hub.origin, file: async () => '' })
    return Object.fromEntries(checks.map(({ name, status }) => [name, status]))
  }

  test('a wrong credential is a problem', async () => {
    expect(await examine('wrong')).toEqual({ 'okta: reading people': 'problem' })
  })

  test('an org that is not there is a problem', async () => {
    await tenant.close()
    expect(await examine('t')).toEqual({ 'okta: reading people': 'problem' })
  })

  test('a credential that can see hooks is stronger than need be, and a missing hook is a problem', async () => {
    expect(await examine(tenant.token)).toEqual({
      'okta: reading people': 'ok',
      'okta: least privilege': 'warning',
      'okta: event hook': 'problem',
    })
    await install()
    expect(await examine(tenant.token)).toMatchObject({ 'okta: event hook': 'ok' })
  })

  test('a hook that is not verified or lacks an event type is a problem', async () => {
    tenant.hooks.create(body({ items: needed }))
    expect(await examine(tenant.token)).toMatchObject({ 'okta: event hook': 'problem' })
  })

  test('short secrets and unknown statuses are warnings', async () => {
    const settings = { OKTA_HOOK_SECRETS: 'short', OKTA_DENY_STATUSES: 'SUSPENDET' }
    expect(await examine(tenant.token, settings)).toMatchObject({
      'okta: hook secret': 'warning',
      'okta: statuses': 'warning',
    })
  })
})

function body({ uri = hub.uri, items = ['user.lifecycle.suspend'] }: { uri?: string; items?: string[] } = {}) {
  return {
    name: 'made by hand',
    description: 'Do not touch.',
    events: { type: 'EVENT_TYPE', items },
    channel: { type: 'HTTP', version: '1.0.0', config: { uri, headers: [{ key: 'X-Team', value: 'iam' }] } },
  }
}

test('subscribes to the memberships that count as leaving, and to no others (case 38)', () => {
  const typesFor = (settings: { apps?: string[]; groups?: string[] }) =>
    listLeaveEventTypes({ OKTA_LEAVE_APPS: settings.apps ?? [], OKTA_LEAVE_GROUPS: settings.groups ?? [] })
  const groups = ['group.user_membership.add', 'group.user_membership.remove']
  expect(typesFor({})).toEqual([])
  expect(typesFor({ groups: ['00g1'] })).toEqual(groups)
  // A group may be what gives an app.
  const apps = ['application.user_membership.add', 'application.user_membership.remove']
  expect(typesFor({ apps: ['0oa1'] })).toEqual([...groups, ...apps])
  const leaveEventTypes = typesFor({ apps: ['0oa1'] })
  expect(listNeededEventTypes({ denyStatuses: [], leaveEventTypes })).toEqual([...needed, ...leaveEventTypes])
})
