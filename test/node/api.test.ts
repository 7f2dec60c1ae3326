// @module-tag process

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startHubProcess } from '../../lab/hub-process.ts'
import { cliHere } from '../support/cli.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-api-'))
afterAll(() => rm(cwd, { recursive: true, force: true }))

const env = {
  HUB_DRAIN_SECONDS: '0',
  HUB_RESYNC: 'off',
  HUB_BRAKE_PEOPLE: '7',
  DATABASE_URL: db.url,
  OKTA_ORG_URL: 'http://127.0.0.1:9',
  OKTA_API_TOKEN: 'a-token-that-opens-nothing',
  OKTA_HOOK_SECRETS: 'a-secret-that-opens-nothing',
  AUTH0_DOMAIN: '127.0.0.1:9',
  AUTH0_CLIENT_ID: 'a-client-that-is-none',
  AUTH0_CLIENT_SECRET: 'a-secret-that-opens-nothing',
}

/** A port that nothing listens at. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const pageHeaders = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }

test('the hub as it is shipped serves who has a token or a session, at a port of its own if it has one', async () => {
  const adminPort = await findFreePort()
  const settings = { ...env, HUB_ADMIN_PORT: String(adminPort) }
  const hub = await startHubProcess({ cwd, env: settings })
  const inside = `http://127.0.0.1:${adminPort}`
  try {
    const made = await cliHere({ args: ['token', 'make', '--for', 'ann', '--role', 'viewer'], env })
    const ask = async (path: string, headers: Record<string, string>) => {
      const answer = await fetch(`${inside}/api/v1/${path}`, { headers })
      return { status: answer.status, body: JSON.parse(await answer.text()) }
    }
    const token = made.out.trim()
    const bear = (text: string) => ({ authorization: `Bearer ${text}` })
    expect(await ask('brake', bear(token))).toMatchObject({ status: 200, body: { limits: { people: 7 } } })
    expect((await ask('connectors', bear(token))).body.connectors).toMatchObject([{ id: 'auth0' }, { id: 'okta' }])
    expect((await ask('tokens', bear(token))).status).toBe(403)
    expect((await ask('brake', bear(`${token.slice(0, -1)}x`))).status).toBe(401)
    const [id] = made.err.split(':')
    await cliHere({ args: ['token', 'revoke', id ?? ''], env })
    expect((await ask('brake', bear(token))).status).toBe(401)

    const { out } = await cliHere({ args: ['console', '--print'], env: settings })
    const link = new URL(out.trim())
    expect([link.origin, (await fetch(link)).status]).toEqual([inside, 200])
    const body = new URLSearchParams(link.search)
    const opened = await fetch(new URL(link.pathname, inside), { method: 'POST', headers: pageHeaders, body })
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(await ask('me', { cookie })).toMatchObject({ status: 200, body: { role: 'admin', way: 'console' } })

    const statuses = async (root: string) =>
      Promise.all(
        ['api/v1/me', 'metrics', 'signin/link', 'healthz'].map(async (path) => (await fetch(`${root}/${path}`)).status),
      )
    expect([await statuses(hub.url), await statuses(inside)]).toEqual([
      [404, 404, 404, 200],
      [401, 200, 200, 200],
    ])
  } finally {
    await hub.stop()
  }
})
