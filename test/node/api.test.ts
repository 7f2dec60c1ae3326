// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
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

test('the hub as it is shipped serves the API to who has a token that the command line made', async () => {
  const hub = await startHubProcess({ cwd, env })
  try {
    const made = await cliHere({ args: ['token', 'make', '--for', 'ann', '--role', 'viewer'], env })
    const ask = async (path: string, token: string) => {
      const answer = await fetch(`${hub.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })
      return { status: answer.status, body: JSON.parse(await answer.text()) }
    }
    const token = made.out.trim()
    expect(await ask('brake', token)).toMatchObject({ status: 200, body: { limits: { people: 7 } } })
    expect((await ask('connectors', token)).body.connectors).toMatchObject([{ id: 'auth0' }, { id: 'okta' }])
    expect((await ask('tokens', token)).status).toBe(403)
    expect((await ask('brake', `${token.slice(0, -1)}x`)).status).toBe(401)
    const [id] = made.err.split(':')
    await cliHere({ args: ['token', 'revoke', id ?? ''], env })
    expect((await ask('brake', token)).status).toBe(401)
  } finally {
    await hub.stop()
  }
})
