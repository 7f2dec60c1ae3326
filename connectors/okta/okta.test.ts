import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type OktaTenant, type OktaTenantOptions, startOktaTenant } from '../../lab/simulators/okta/server.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import { CredentialError, ObjectRefusedError, RetryAfterError } from '../../src/index.ts'
import okta from './index.ts'
import { config } from './org/config.ts'
import { probe } from './org/probe.ts'
import { findHolders, readPerson } from './people/read-person.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const now = () => new Date('2026-05-14T08:30:04.000Z')
const lena = { login: 'Lena.Park@acme.test', email: 'lena@acme.test', firstName: 'Lena', lastName: 'Park' }

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const app = { clientId: '0oa1', publicKey: publicKey.export({ format: 'jwk' }), scopes: ['okta.users.read'] }
const asApp = { OKTA_CLIENT_ID: '0oa1', OKTA_PRIVATE_KEY: pem.replaceAll('\n', '\\n'), OKTA_KEY_ID: 'kid1' }

let tenant: OktaTenant

afterEach(async () => {
  vi.unstubAllEnvs()
  await tenant.close()
})

async function begin(options: OktaTenantOptions & { settings?: Record<string, string>; timeoutMs?: number } = {}) {
  const { settings, timeoutMs = 5_000, ...rest } = options
  tenant = await startOktaTenant({ users: [{ id: '00u1', profile: lena }], ...rest })
  const parsed = config.parse({ OKTA_ORG_URL: tenant.url, ...(settings ?? { OKTA_API_TOKEN: tenant.token }) })
  const limited: typeof fetch = (url, init) => {
    const signals = [AbortSignal.timeout(timeoutMs), ...(init?.signal ? [init.signal] : [])]
    return fetch(url, { ...init, signal: AbortSignal.any(signals) })
  }
  const retry = async <T>(attempt: () => Promise<T>) => attempt().catch(() => attempt())
  const connected = await okta.connect?.({
    id: 'okta',
    config: parsed,
    fetch: limited,
    retry,
    tokens: makeClientTokens({ id: 'okta' }),
    log,
  })
  if (!connected) throw new Error('the connector has no connect')
  const context = { client: connected, config: parsed, signal: new AbortController().signal, log, now }
  return { context, person: (authorityId = '00u1') => readPerson({ ...context, authorityId }) }
}

describe('reading a person', () => {
  test("404 with Okta's own code says for certain that nobody has the id", async () => {
    const { person } = await begin()
    expect(await person('00u404')).toMatchObject({ notFound: true, certain: true })
  })

  test("404 without Okta's code is not certain", async () => {
    const { context } = await begin()
    const client = { ...context.client, get: vi.fn() }
    const nobody = { ok: false, status: 404, summary: '', headers: new Headers() }
    for (const code of [null, 'E0000008']) {
      client.get.mockResolvedValueOnce({ ...nobody, code })
      const answer = await readPerson({ ...context, client, authorityId: '00u1' })
      expect(answer).toMatchObject({ notFound: true, certain: false })
    }
  })

  test('a 404 that is not JSON is not certain', async () => {
    tenant = await startOktaTenant()
    const settings = config.parse({ OKTA_ORG_URL: tenant.url, OKTA_API_TOKEN: 't' })
    const html = async () => new Response('<h1>no such page</h1>', { status: 404 })
    const client = await okta.connect?.({
      id: 'okta',
      config: settings,
      fetch: html,
      retry: (attempt) => attempt(),
      tokens: makeClientTokens({ id: 'okta' }),
      log,
    })
    if (!client) throw new Error('the connector has no connect')
    const signal = new AbortController().signal
    const answer = await readPerson({ client, config: settings, signal, log, now, authorityId: '00u1' })
    expect(answer).toMatchObject({ notFound: true, certain: false })
  })

  test.each([['me'], ['lena.park@acme.test'], ['lena.park']])(
    '%s is a name and not an id, so it is nobody',
    async (id) => {
      const { person } = await begin()
      expect(await person(id)).toMatchObject({ notFound: true, certain: false })
    },
  )

  test('a wrong token is a fault of the credential', async () => {
    const { person } = await begin({ settings: { OKTA_API_TOKEN: 'wrong' } })
    await expect(person()).rejects.toThrow(CredentialError)
  })

  test('a token without the right to read users is refused a neutral read too: a fault of the credential', async () => {
    const { person, context } = await begin({ tokens: [{ value: 't', scopes: ['okta.logs.read'] }] })
    await expect(person()).rejects.toThrow(ObjectRefusedError)
    await expect(probe(context)).rejects.toThrow(CredentialError)
  })

  test("429 says when to come back, by Okta's clock", async () => {
    const { person } = await begin()
    tenant.misbehave({ status: 429, resetSeconds: 40, times: 1 })
    const thrown = await person().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(RetryAfterError)
    expect(thrown).toHaveProperty('retryAfterSeconds', expect.closeTo(40, -1))
    expect(tenant.calls).toHaveLength(1)
  })

  test('500 is a temporary error', async () => {
    const { person } = await begin()
    tenant.misbehave({ status: 500, times: 1 })
    const thrown = await person().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ name: 'Error', message: expect.stringContaining('500 E0000009') })
  })

  test('a cut connection is tried again inside the attempt', async () => {
    const { person } = await begin()
    tenant.misbehave({ cut: 'before', times: 1 })
    expect(await person()).toMatchObject({ status: 'ACTIVE' })
  })

  test('an answer cut midway is tried again inside the attempt', async () => {
    const { person } = await begin()
    tenant.misbehave({ cut: 'midway', times: 1 })
    expect(await person()).toMatchObject({ status: 'ACTIVE' })
  })

  test("an answer that does not come ends at the hub's limit", async () => {
    const { person } = await begin({ timeoutMs: 100 })
    tenant.misbehave({ delayMs: 5_000, times: 2 })
    await expect(person()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('an aborted run ends its read', async () => {
    const { context } = await begin()
    tenant.misbehave({ delayMs: 5_000, times: 2 })
    const signal = AbortSignal.abort(new Error('lease lost'))
    await expect(readPerson({ ...context, signal, authorityId: '00u1' })).rejects.toThrow('lease lost')
  })

  test('the true state is read, with e-mails and the login as Okta writes them (case 13)', async () => {
    const { person } = await begin()
    expect(await person()).toEqual({
      authorityId: '00u1',
      status: 'ACTIVE',
      access: 'allow',
      statusChangedAt: tenant.users.get('00u1').statusChanged,
      emails: ['lena@acme.test', 'Lena.Park@acme.test'],
      logins: ['Lena.Park@acme.test'],
      readAt: '2026-05-14T08:30:04.000Z',
    })
  })

  test('a second read sees the change: nothing is remembered', async () => {
    const { person } = await begin()
    expect(await person()).toMatchObject({ status: 'ACTIVE', access: 'allow' })
    tenant.users.transition('00u1', 'deactivate')
    expect(await person()).toMatchObject({ status: 'DEPROVISIONED', access: 'deny' })
  })

  test('a deactivation that is still under way denies', async () => {
    const { person } = await begin({ transitionMs: Number.POSITIVE_INFINITY })
    tenant.users.transition('00u1', 'deactivate')
    expect(await person()).toMatchObject({ status: 'ACTIVE', access: 'deny' })
  })

  test('neither okta.yaml nor OKTA_CLIENT_* can change who the hub is', async () => {
    const home = mkdtempSync(join(tmpdir(), 'okta-yaml-'))
    mkdirSync(join(home, '.okta'))
    const yaml = 'okta: {client: {orgUrl: "http://127.0.0.1:1", token: yaml, authorizationMode: PrivateKey, keyId: k}}'
    writeFileSync(join(home, '.okta', 'okta.yaml'), yaml)
    vi.stubEnv('HOME', home)
    vi.stubEnv('OKTA_CLIENT_TOKEN', 'environment')
    vi.stubEnv('OKTA_CLIENT_AUTHORIZATIONMODE', 'PrivateKey')
    vi.stubEnv('OKTA_CLIENT_ORGURL', 'http://127.0.0.1:1')
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1')
    const { person } = await begin()
    expect(await person()).toMatchObject({ status: 'ACTIVE' })
  })

  test('an okta.yaml that cannot be read is named without being quoted', async () => {
    const home = mkdtempSync(join(tmpdir(), 'okta-yaml-'))
    mkdirSync(join(home, '.okta'))
    writeFileSync(join(home, '.okta', 'okta.yaml'), 'okta: {token: hunter2\n  - broken')
    vi.stubEnv('HOME', home)
    const thrown = await begin().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ name: 'CredentialError', message: expect.stringContaining('okta.yaml') })
    expect(String(thrown)).not.toContain('hunter2')
  })
})

describe('signing in as an app', () => {
  test('invalid_client is a fault of the credential, and nothing goes out as "Bearer undefined"', async () => {
    const { person } = await begin({ apps: [], settings: asApp })
    await expect(person()).rejects.toThrow(/invalid_client/)
    await expect(person()).rejects.toThrow(CredentialError)
    expect(tenant.calls.filter(({ path }) => path.startsWith('/api/'))).toEqual([])
  })

  test('a scope that was not granted is a fault of the credential', async () => {
    const { person } = await begin({ apps: [{ ...app, scopes: ['okta.logs.read'] }], settings: asApp })
    await expect(person()).rejects.toThrow(/invalid_scope/)
  })

  test('a token endpoint that answers 500 is a temporary error, and the next try succeeds', async () => {
    const { person } = await begin({ apps: [app], settings: asApp })
    tenant.misbehave({ path: '/oauth2/', status: 500, times: 2 })
    await expect(person()).rejects.toMatchObject({ name: 'Error' })
    expect(await person()).toMatchObject({ status: 'ACTIVE' })
  })

  test('a token endpoint that answers 429 says when to come back', async () => {
    const { context } = await begin({ apps: [app], settings: asApp })
    tenant.misbehave({ path: '/oauth2/', status: 429, resetSeconds: 40 })
    await expect(readPerson({ ...context, authorityId: '00u1' })).rejects.toThrow(RetryAfterError)
  })

  test('a key that is no RSA key is refused before anything is sent', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    for (const key of [ec.toString(), 'nonsense']) {
      await expect(begin({ settings: { ...asApp, OKTA_PRIVATE_KEY: key } })).rejects.toThrow(CredentialError)
      expect(tenant.calls).toEqual([])
    }
  })

  test('calls that start together share one token', async () => {
    const { person } = await begin({ apps: [app], settings: asApp })
    await Promise.all([person(), person(), person()])
    expect(tenant.calls.filter(({ path }) => path === '/oauth2/v1/token')).toHaveLength(1)
    expect(tenant.calls).toHaveLength(4)
  })
})

describe('who holds an e-mail', () => {
  test('everybody who has it is found, in any letter case, deactivated people too', async () => {
    const { context } = await begin({
      users: [
        { id: '00u1', profile: lena },
        { id: '00u2', status: 'DEPROVISIONED', profile: { ...lena, login: 'old@acme.test', email: 'LENA@acme.test' } },
        { id: '00u3', profile: { ...lena, login: 'lena@acme.test', email: 'other@acme.test' } },
        { id: '00u4', profile: { ...lena, login: 'four@acme.test', email: 'xlena@acme.test' } },
      ],
    })
    const found = await findHolders({ ...context, email: 'lena@acme.test' })
    expect(Object.fromEntries(found.map(({ authorityId, access }) => [authorityId, access]))).toEqual({
      '00u1': 'allow',
      '00u2': 'deny',
      '00u3': 'allow',
    })
  })

  test('an address that only looks like somebody’s finds nobody (attack 8)', async () => {
    const { context } = await begin({ users: [{ id: '00u1', profile: { ...lena, email: 'kim@acme.test' } }] })
    expect(await findHolders({ ...context, email: '\u212Aim@acme.test' })).toEqual([])
    expect(await findHolders({ ...context, email: 'KIM@acme.test' })).toHaveLength(1)
  })

  test('an e-mail with quotes finds nobody else', async () => {
    const { context } = await begin()
    expect(await findHolders({ ...context, email: 'x" or profile.email eq "lena@acme.test' })).toEqual([])
  })

  test('people on later pages are found', async () => {
    const users = Array.from({ length: 230 }, (_, i) => ({
      id: `00u${i}`,
      profile: { ...lena, login: `person${i}@acme.test` },
    }))
    const { context } = await begin({ users })
    expect(await findHolders({ ...context, email: 'lena@acme.test' })).toHaveLength(230)
  })
})
