// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { cli } from '../support/cli.ts'
import { root } from '../support/markdown.ts'
import { testDatabase } from '../support/postgres.ts'

/*
 * What somebody who sets a hub up for the first time gets wrong, each through the real process: the message says what
 * happened, why, and what to do, and shows no secret.
 */
const db = await testDatabase()

let tenants: Tenants
let good: Record<string, string>

beforeAll(async () => {
  tenants = await startTenants()
  good = { ...makeEnvironment(tenants), DATABASE_URL: db.url, PORT: '0', HUB_DRAIN_SECONDS: '0', HUB_RESYNC: 'off' }
})

afterAll(() => tenants.close())

type Line = { msg?: string; port?: number; level?: string; [fact: string]: unknown }

type HubRun = { lines: Line[]; url: string; err: string; code: number | null }

/** Starts the hub as `npm start` does, works with it once it is ready, and ends it. Not ready: it has ended by itself. */
async function startHub(over: Record<string, string>, work?: (run: HubRun) => Promise<void>): Promise<HubRun> {
  const child = spawn(process.execPath, [`${root}src/node.ts`], {
    env: { PATH: process.env.PATH, ...good, ...over },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const run: HubRun = { lines: [], url: '', err: '', code: null }
  child.stderr.on('data', (chunk) => {
    run.err += chunk
  })
  const ended = once(child, 'close').then(([code]) => {
    run.code = code
  })
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line
      run.lines.push(line)
      if (line.msg === 'Listening') run.url = `http://127.0.0.1:${line.port}`
      if (line.msg === 'Ready') resolve()
    })
  })
  const isReady = await Promise.race([ready.then(() => true), ended.then(() => false)])
  if (isReady) {
    await work?.(run)
    child.kill('SIGTERM')
  }
  await ended
  return run
}

/** Waits for a line of the log: what is told in the background comes after `Ready`. */
async function seeLine(run: HubRun, pattern: RegExp): Promise<Line> {
  for (let tries = 0; tries < 400; tries++) {
    const line = run.lines.find(({ msg }) => pattern.test(String(msg)))
    if (line) return line
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`No line says ${pattern}: ${JSON.stringify(run.lines)}`)
}

describe('a setting that is wrong stops the start, and says what to write', () => {
  test.each([
    {
      mistake: 'a misspelt name',
      env: { HUB_BRAKE_PEOPEL: '5' },
      says: /HUB_BRAKE_PEOPEL +is not a setting .*did you mean HUB_BRAKE_PEOPLE\?\n.*→ Rename it to HUB_BRAKE_PEOPLE/,
    },
    {
      mistake: 'the address of the hook in place of the hub’s',
      env: { HUB_PUBLIC_URL: 'https://hub.acme.test/hooks/okta' },
      says: /HUB_PUBLIC_URL +has the path of a hook, .*write https:\/\/hub\.acme\.test\n/,
    },
    {
      mistake: 'the address of Okta’s Admin Console',
      env: { OKTA_ORG_URL: 'https://acme-admin.okta.com' },
      says: /OKTA_ORG_URL +is the address of the Admin Console: leave "-admin" out\n.*→ .*https:\/\/acme\.okta\.com/,
    },
    {
      mistake: 'a path behind the org’s address',
      env: { OKTA_ORG_URL: 'https://acme.okta.com/app/UserHome' },
      says: /OKTA_ORG_URL +has something after the host name\n.*→ .*https:\/\/acme\.okta\.com/,
    },
    {
      mistake: 'a domain with https://',
      env: { AUTH0_DOMAIN: 'https://acme.eu.auth0.com/' },
      says: /AUTH0_DOMAIN +is not a bare host name\n.*→ .*without https:\/\//,
    },
    {
      mistake: 'a token with its scheme',
      env: { OKTA_API_TOKEN: 'SSWS 00a-token-that-opens-nothing' },
      says: /OKTA_API_TOKEN +begins with "SSWS", .*give the token alone\n/,
    },
  ])('$mistake', async ({ env, says }) => {
    const { code, err, lines } = await startHub(env as Record<string, string>)
    expect(err).toMatch(says)
    expect(err).toContain('Bellhop cannot start. One problem:')
    expect(err).not.toContain('00a-token-that-opens-nothing')
    expect({ code, lines }).toEqual({ code: 1, lines: [] })
  })

  test('all of them come at once', async () => {
    const { err } = await startHub({
      HUB_BRAKE_PEOPEL: '5',
      HUB_PUBLIC_URL: 'https://hub.acme.test/hooks',
      AUTH0_DOMAIN: 'https://acme.eu.auth0.com/',
      OKTA_API_TOKEN: 'SSWS 00a-token-that-opens-nothing',
    })
    expect(err).toContain('4 problems:')
    expect(err.match(/→/g)).toHaveLength(4)
  })
})

describe('a database that cannot be used stops the start, and says which part is wrong', () => {
  const change = (edit: (url: URL) => void) => {
    const url = new URL(db.url)
    edit(url)
    return url.href
  }

  test.each([
    ['nothing listens there', () => 'postgres://hub:the-password@127.0.0.1:9/hub', /ECONNREFUSED/, /PostgreSQL runs/],
    [
      'a database that is not there',
      () => change((url) => Object.assign(url, { pathname: '/not_there' })),
      /"not_there" does not exist/,
      /Create the database/,
    ],
    [
      'a wrong password',
      () => change((url) => Object.assign(url, { password: 'not-the-password' })),
      /password authentication failed/,
      /Correct user and password/,
    ],
  ])('%s', async (_, url, why, fix) => {
    const { code, err } = await startHub({ DATABASE_URL: url() })
    expect(err).toMatch(/^The database of DATABASE_URL cannot be used\.\n {2}Why: /)
    expect(err).toMatch(why)
    expect(err).toMatch(fix)
    expect(err).not.toMatch(/the-password|not-the-password/)
    expect(code).toBe(1)
  })
})

test('a port that is taken stops the start, and says that it may be another Bellhop', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { code, err } = await startHub({ PORT: String(port) })
  taken.close()
  expect(err).toMatch(/cannot listen .*\n {2}Why: .*EADDRINUSE.*\n {2}What to do: .*another Bellhop, or set PORT/)
  expect(code).toBe(1)
})

describe('a hub that starts says in its log what will not work', () => {
  test('one line for each credential that works, and what is left to do before people who left earlier are out', async () => {
    const { lines, code } = await startHub({}, async (run) => {
      await seeLine(run, /^The credential of okta works$/)
      await seeLine(run, /^The credential of auth0 works$/)
      await seeLine(run, /may still be able to log in.*okta resync --full.*report go-live/)
    })
    expect(lines.filter(({ msg }) => /credential.*(does not work|not known)/.test(String(msg)))).toEqual([])
    expect(code).toBe(0)
  })

  test('a wrong client secret', async () => {
    await startHub({ AUTH0_CLIENT_SECRET: 'a-secret-that-opens-nothing' }, async (run) => {
      const line = await seeLine(run, /^The credential of auth0 does not work: /)
      expect(line).toMatchObject({ connector: 'auth0', fix: expect.stringContaining('doctor') })
      await seeLine(run, /^The credential of okta works$/)
      expect((await fetch(`${run.url}/readyz`)).status).toBe(200)
      expect(JSON.stringify(run.lines)).not.toContain('a-secret-that-opens-nothing')
    })
  })

  test('a private key that is none, or was cut', async () => {
    const { OKTA_API_TOKEN: _, ...others } = good
    const env = { OKTA_API_TOKEN: '', OKTA_CLIENT_ID: '0oa1', OKTA_KEY_ID: 'kid', ...others }
    const cut = '-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0\\n-----END PRIVATE KEY-----'
    await startHub({ ...env, OKTA_API_TOKEN: '', OKTA_PRIVATE_KEY: cut }, async (run) => {
      const line = await seeLine(run, /^The credential of okta does not work: /)
      expect(line.msg).toContain('OKTA_PRIVATE_KEY is not an RSA private key in PEM or JWK form')
      expect(JSON.stringify(run.lines)).not.toContain('MIIEvQIBADANBgkqhkiG9w0')
    })
  })

  test('a hook whose secret comes in another header, which is named at the first one', async () => {
    await startHub({}, async (run) => {
      const headers = { 'x-hook-secret': good.OKTA_HOOK_SECRETS ?? '' }
      const answer = await fetch(`${run.url}/hooks/okta`, { method: 'POST', headers, body: '{}' })
      expect(answer.status).toBe(401)
      const line = await seeLine(run, /^A hook was refused/)
      expect(line).toMatchObject({ why: 'missing', reason: expect.stringMatching(/"authorization".*OKTA_HOOK_HEADER/) })
    })
  })
})

describe('a command says what it was refused, and why', () => {
  const settings = () => ({ ...good, HUB_PUBLIC_URL: 'http://127.0.0.1:9' })

  test('install-hook while no hub answers: nothing is made in Okta', async () => {
    const env = { ...settings(), OKTA_ADMIN_TOKEN: tenants.okta.token }
    const { code, err } = await cli({ args: ['okta', 'install-hook'], env })
    expect(err).toMatch(/does not answer, so nothing was changed in Okta\.\n +Why: .*\n +What to do: Start the hub/)
    expect({ code, hooks: tenants.okta.hooks.list() }).toEqual({ code: 1, hooks: [] })
  })

  test('an installer’s token that Okta refuses is named as that one', async () => {
    const env = { ...settings(), OKTA_ADMIN_TOKEN: 'SSWS 00not-the-token-of-an-administrator' }
    const { code, err } = await cli({ args: ['okta', 'install-hook'], env })
    expect(err).toMatch(
      /credential that was given to "okta install-hook" \(OKTA_ADMIN_TOKEN\) was refused\.\n +Why: .*401/,
    )
    expect(err).toContain('without a word such as SSWS')
    expect(err).not.toContain('00not-the-token')
    expect(code).toBe(1)
  })

  test('a scope that is missing at Auth0 is named, with where it is granted', async () => {
    const weak = {
      clientId: 'weak',
      clientSecret: 'the-secret-of-the-weak-one',
      scopes: ['read:users', 'update:users'],
    }
    await using tenant = await startTenants({ auth0: { clients: [weak] } })
    const env = {
      ...good,
      ...makeEnvironment(tenant),
      AUTH0_CLIENT_ID: weak.clientId,
      AUTH0_CLIENT_SECRET: weak.clientSecret,
    }
    const { code, out } = await cli({ args: ['doctor'], env })
    expect(out).toMatch(
      /✗ Auth0 scopes: Nobody can be locked out without update:users_app_metadata\.\n +→ Grant the scopes\./,
    )
    expect(code).toBe(1)
  })

  test('a look for the journal in another folder says that it is not there, and makes none', async () => {
    const { DATABASE_URL: _, ...env } = good
    const folder = await mkdtemp(join(tmpdir(), 'bellhop-elsewhere-'))
    const { code, err } = await cli({ args: ['deliveries'], env, cwd: folder })
    await rm(folder, { recursive: true })
    expect(err).toMatch(/There is no journal here\.\n +Why: .*\n +What to do: Call it in the folder where the hub runs/)
    expect(code).toBe(1)
  })
})
