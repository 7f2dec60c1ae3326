import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Auth0Tenant } from '../../../lab/simulators/auth0/server.ts'
import { startAuth0Tenant } from '../../../lab/simulators/auth0/server.ts'
import type { CommandContext } from '../../../src/index.ts'
import { deployActionCommand } from './deploy-action-command.ts'

const file = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8')
const theirs = (name: string) => ({ name, code: 'exports.onExecutePostLogin = async () => {}' })

type Given = { check?: boolean; settings?: Record<string, string>; fileText?: CommandContext['file'] }

async function run(tenant: Auth0Tenant, { check = false, settings = {}, fileText = file }: Given = {}) {
  const lines: string[] = []
  const variables: Record<string, string> = {
    AUTH0_DOMAIN: tenant.domain,
    AUTH0_BASE_URL: tenant.url,
    AUTH0_ADMIN_CLIENT_ID: tenant.client.clientId,
    ...settings,
  }
  const result = await deployActionCommand.run({
    setting: (name) => variables[name],
    options: { check },
    credential: async () => tenant.client.clientSecret,
    file: fileText,
    fetch,
    say: (line) => lines.push(line),
  })
  return { result, lines }
}

const boundNames = (tenant: Auth0Tenant) => tenant.actions.bindings('post-login').map(({ displayName }) => displayName)
const writes = (tenant: Auth0Tenant) =>
  tenant.calls
    .filter(({ method, path }) => method !== 'GET' && path !== '/oauth/token')
    .map(({ method, path }) => `${method} ${path}`)

async function post(
  tenant: Auth0Tenant,
  path: string,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(tenant.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as Record<string, unknown>
}

describe('deploying the Action', () => {
  it('creates, deploys and binds it last, and unbinds nothing', async () => {
    await using tenant = await startAuth0Tenant({ actions: [theirs('first'), theirs('second')] })
    expect((await run(tenant)).result).toBe(true)
    expect(boundNames(tenant)).toEqual(['first', 'second', 'bellhop-deny-deactivated'])
    expect((await run(tenant, { check: true })).result).toBe(true)
  })

  it('writes nothing the second time', async () => {
    await using tenant = await startAuth0Tenant()
    await run(tenant)
    tenant.calls.length = 0
    await run(tenant)
    expect(writes(tenant)).toEqual([])
  })

  it('updates and deploys changed code, and leaves the binding where it is', async () => {
    await using tenant = await startAuth0Tenant({
      actions: [{ ...theirs('bellhop-deny-deactivated') }, theirs('second')],
    })
    await run(tenant)
    expect(boundNames(tenant)).toEqual(['bellhop-deny-deactivated', 'second'])
    expect(writes(tenant)).toEqual([
      expect.stringMatching(/^PATCH .*actions\/[^/]+$/),
      expect.stringMatching(/^POST .*deploy$/),
    ])
    expect((await run(tenant, { check: true })).result).toBe(true)
  })

  it('refuses a flagged person at login, silent login and refresh-token exchange', async () => {
    const jane = { connection: 'Username-Password-Authentication', id: 'jane', email: 'jane@acme.example' }
    await using tenant = await startAuth0Tenant({ users: [jane] })
    await run(tenant)
    const { session_id: session, refresh_token } = await post(tenant, '/login', { email: jane.email })
    tenant.users.patch('auth0|jane', { app_metadata: { okta: { deactivated: true } } })

    const refused = { error: 'access_denied', error_description: expect.stringContaining('not active') }
    const exchange = { grant_type: 'refresh_token', refresh_token }
    expect(await post(tenant, '/oauth/token', exchange)).toMatchObject(refused)
    expect(await post(tenant, '/login', { mode: 'silent', session })).toMatchObject(refused)
    expect(await post(tenant, '/login', { email: jane.email })).toMatchObject(refused)
    expect(await post(tenant, '/oauth/token', exchange)).toMatchObject(refused)
  })

  it('tells the Action which key the hub writes, and --check sees when they part', async () => {
    await using tenant = await startAuth0Tenant()
    const settings = { AUTH0_METADATA_KEY: 'idp' }
    await run(tenant, { settings })
    expect((await run(tenant, { check: true, settings })).result).toBe(true)
    expect((await run(tenant, { check: true })).lines).toEqual([expect.stringContaining('METADATA_KEY')])
  })

  it('tells the Action the claim for roles, and a changed name of it, which cannot be read back', async () => {
    const jane = { connection: 'Username-Password-Authentication', id: 'jane', email: 'jane@acme.example' }
    const roles = [{ id: 'rol_billing', name: 'Billing' }]
    await using tenant = await startAuth0Tenant({ users: [jane], roles })
    tenant.roles.assign('auth0|jane', ['rol_billing'])
    for (const claim of ['https://acme.example/roles', 'https://acme.example/r']) {
      const settings = { AUTH0_ROLES_CLAIM: claim }
      await run(tenant, { settings })
      expect((await run(tenant, { check: true, settings })).result).toBe(true)
      const tokens = { id_token: { [claim]: ['Billing'] }, access_token: { [claim]: ['Billing'] } }
      expect(await post(tenant, '/login', { email: jane.email })).toMatchObject({ claims: tokens })
    }
    expect((await run(tenant, { check: true })).lines).toEqual([expect.stringContaining('ROLES_CLAIM')])
    await run(tenant)
    expect(await post(tenant, '/login', { email: jane.email })).toMatchObject({ claims: { id_token: {} } })
  })

  it('says no to --check, and why, when there is no Action, other code, or no binding', async () => {
    await using tenant = await startAuth0Tenant()
    expect(await run(tenant, { check: true })).toEqual({ result: false, lines: [expect.stringContaining('no Action')] })

    await run(tenant)
    const changed = async (name: string) => (await file(name)) + (name.endsWith('.js') ? '\n// changed' : '')
    expect(await run(tenant, { check: true, fileText: changed })).toEqual({
      result: false,
      lines: [expect.stringContaining('code')],
    })

    tenant.actions.bind('post-login', { bindings: [] })
    expect(await run(tenant, { check: true })).toEqual({ result: false, lines: [expect.stringContaining('not bound')] })
    expect(writes(tenant).filter((call) => call.startsWith('PATCH'))).toHaveLength(1)
  })

  it('compares what is deployed, not what lies there as a draft', async () => {
    await using tenant = await startAuth0Tenant()
    await run(tenant)
    const [action] = tenant.actions.list()
    if (!action) throw new Error('no Action was created')
    tenant.actions.update(action.id, { code: 'exports.onExecutePostLogin = async () => {} // draft' })
    expect((await run(tenant, { check: true })).result).toBe(true)
    tenant.actions.deploy(action.id)
    expect((await run(tenant, { check: true })).result).toBe(false)
  })

  it('says what is missing before it asks for a secret', async () => {
    await using tenant = await startAuth0Tenant()
    await expect(run(tenant, { settings: { AUTH0_ADMIN_CLIENT_ID: '' } })).rejects.toMatchObject({
      fix: expect.stringContaining('AUTH0_ADMIN_CLIENT_ID'),
    })
    expect(tenant.calls).toEqual([])
  })
})
