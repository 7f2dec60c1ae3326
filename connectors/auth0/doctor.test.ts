import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
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

  it('survives a tenant that cannot be reached', async () => {
    const checks = await examine({ settings: { AUTH0_BASE_URL: 'http://127.0.0.1:9' } })
    expect(summary(checks)).toEqual(['problem: Auth0 credential'])
  })
})
