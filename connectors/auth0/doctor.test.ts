import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { declareSecret } from '../../src/core/redact.ts'
import { startBench } from '../../test/connectors/auth0-bench.ts'
import { doctor } from './doctor.ts'

const file = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const clientWith = (...scopes: string[]) => [{ clientId: 'hub', clientSecret: 'secret', scopes }]
const working = ['read:users', 'update:users', 'update:users_app_metadata', 'delete:sessions', 'delete:refresh_tokens']

type Given = Parameters<typeof startBench>[0]

async function examine(given: Given) {
  await using bench = await startBench(given)
  const checks = await doctor({ client: bench.client, config: bench.config, fetch, file })
  return checks.map(({ name, status, detail, fix }) => ({ name, status, detail, fix }))
}

const summary = (checks: { name: string; status: string }[]) => checks.map(({ name, status }) => `${status}: ${name}`)

describe('the doctor at Auth0', () => {
  it('finds a wrong credential, and looks no further', async () => {
    const checks = await examine({ settings: { AUTH0_CLIENT_SECRET: 'not-the-secret' } })
    expect(summary(checks)).toEqual(['problem: Auth0 credential'])
    expect(JSON.stringify(checks)).not.toContain('not-the-secret')
  })

  it('names the scopes that are missing for the lockout and for the logout', async () => {
    const checks = await examine({ tenant: { clients: clientWith('read:users', 'update:users') } })
    const scopes = checks.filter(({ name }) => name === 'Auth0 scopes')
    expect(scopes).toEqual([
      expect.objectContaining({ status: 'problem', detail: expect.stringContaining('update:users_app_metadata') }),
      expect.objectContaining({ status: 'problem', detail: expect.stringContaining('delete:sessions') }),
    ])
  })

  it('does not ask for the rights of a logout that is switched off', async () => {
    const tenant = { clients: clientWith('read:users', 'update:users', 'update:users_app_metadata') }
    const checks = await examine({ tenant, settings: { AUTH0_REVOKE: 'false' } })
    expect(summary(checks)).toContain('ok: Auth0 scopes')
  })

  it('warns when the hub itself could change Actions', async () => {
    const checks = await examine({ tenant: { clients: clientWith(...working, 'update:actions') } })
    expect(checks).toContainEqual(
      expect.objectContaining({ status: 'warning', detail: expect.stringContaining('update:actions') }),
    )
  })

  it('finds that the Action is not there, and says how to bring it', async () => {
    const checks = await examine({ tenant: { clients: clientWith(...working, 'read:actions') } })
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'Auth0 Action',
        status: 'problem',
        fix: expect.stringContaining('deploy-action'),
      }),
    )
  })

  it('finds the bundled Action in its place', async () => {
    const actions = [{ name: 'bellhop-deny-deactivated', code: await file('actions/post-login/code.js') }]
    const checks = await examine({ tenant: { clients: clientWith(...working, 'read:actions'), actions } })
    expect(checks).toContainEqual(expect.objectContaining({ name: 'Auth0 Action', status: 'ok' }))
  })

  it('says what it may not look up, instead of calling it fine', async () => {
    const checks = await examine({ tenant: { clients: clientWith(...working) } })
    expect(summary(checks)).toEqual([
      'ok: Auth0 credential',
      'ok: Auth0 scopes',
      'warning: Auth0 connections',
      'warning: Auth0 Action',
    ])
  })

  it('looks at grants only when some are listed', async () => {
    expect(summary(await examine({}))).not.toContainEqual(expect.stringContaining('Auth0 grants'))
  })

  const grants = (...targets: string[]) => ({
    AUTH0_GRANTS: JSON.stringify({ crm: Object.fromEntries(targets.map((target, n) => [`p${n}`, target])) }),
  })

  it('names the scopes that are missing for what is listed, and no others', async () => {
    const tenant = { clients: clientWith(...working) }
    const missing = async (target: string) => {
      const checks = await examine({ tenant, settings: grants(target) })
      return checks.find(({ name }) => name === 'Auth0 grants')
    }
    expect(await missing('role:rol_a')).toMatchObject({
      status: 'problem',
      detail: expect.stringMatching(/without read:roles, read:role_members;/),
      fix: expect.stringContaining('Grant the scopes'),
    })
    expect(await missing('organization:org_a')).toMatchObject({
      detail: expect.stringMatching(
        /without read:organizations, create:organization_members, delete:organization_members;/,
      ),
    })
    expect(await missing('organization:org_a/role:rol_a')).toMatchObject({
      detail: expect.stringContaining('delete:organization_member_roles'),
    })
  })

  it('says which listed targets do not exist, and which are admin roles', async () => {
    const permissions = [{ api: 'https://acme.eu.auth0.com/api/v2/', name: 'update:users' }]
    const tenant = {
      roles: [
        { id: 'rol_a', name: 'A' },
        { id: 'rol_admin', name: 'Admin', permissions },
      ],
      organizations: [{ id: 'org_a', name: 'a' }],
    }
    const listed = ['role:rol_a', 'organization:org_a', 'organization:org_a/role:rol_a']
    expect(await examine({ tenant, settings: grants(...listed) })).toContainEqual(
      expect.objectContaining({ name: 'Auth0 grants', status: 'ok', detail: expect.stringContaining('All 3 targets') }),
    )
    const wrong = ['role:rol_none', 'organization:org_none', 'organization:org_a/role:rol_none', 'role:rol_admin']
    const checks = await examine({ tenant, settings: grants(...listed, ...wrong) })
    expect(checks.filter(({ name }) => name === 'Auth0 grants').map(({ detail }) => detail)).toEqual([
      'role:rol_none: the tenant has no such role.',
      'organization:org_none: the tenant has no such organization.',
      'organization:org_a/role:rol_none: the tenant has no such role.',
      expect.stringContaining('role:rol_admin is an admin role'),
    ])
  })

  it('says in Auth0’s own words, and where, that a custom domain does not serve the Management API (case 35)', async () => {
    const checks = await examine({ settings: { AUTH0_DOMAIN: 'login.acme.example.com' } })
    expect(checks).toEqual([
      expect.objectContaining({
        name: 'Auth0 credential',
        detail: expect.stringMatching(/403 when asked for a token: access_denied: Service not enabled within domain/),
        fix: expect.stringMatching(
          /login\.acme\.example\.com does not end in .*custom domain.*canonical domain.*Auth0 Management API/,
        ),
      }),
    ])
  })

  it('repeats no secret that Auth0 repeats (case 35)', async () => {
    await using bench = await startBench({ settings: { AUTH0_CLIENT_SECRET: 'not-the-secret' } })
    declareSecret('not-the-secret')
    const echo = async () =>
      Response.json({ error: 'access_denied', error_description: 'not-the-secret' }, { status: 403 })
    const checks = await doctor({ client: bench.client, config: bench.config, fetch: echo, file })
    expect(JSON.stringify(checks)).not.toContain('not-the-secret')
  })

  it('checks that the connections named as Okta’s exist, and that their strategy can be Okta’s (case 18)', async () => {
    const connections = ['okta', 'oidc', 'samlp', 'google-oauth2'].map((strategy) => ({
      name: `my-${strategy}`,
      strategy,
    }))
    const names = [...connections.map(({ name }) => name), 'none']
    const checks = await examine({ tenant: { connections }, settings: { AUTH0_OKTA_CONNECTIONS: names.join(',') } })
    const found = checks.filter(({ name }) => name === 'Auth0 connections')
    expect(found.map(({ status, detail }) => `${status}: ${detail}`)).toEqual([
      'ok: my-okta exists (okta).',
      'ok: my-oidc exists (oidc).',
      'ok: my-samlp exists (samlp).',
      expect.stringContaining('problem: my-google-oauth2 is a connection of the strategy google-oauth2'),
      'problem: There is no connection none.',
    ])
  })

  it('survives a tenant that cannot be reached', async () => {
    const checks = await examine({ settings: { AUTH0_BASE_URL: 'http://127.0.0.1:9' } })
    expect(summary(checks)).toEqual(['problem: Auth0 credential'])
  })
})
