// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findFreePort, type HubProcess, startHubProcess } from '../../../../lab/hub-process.ts'
import { cli } from '../../../support/cli.ts'
import { eventually } from '../../../support/eventually.ts'
import { testDatabase } from '../../../support/postgres.ts'

const db = await testDatabase()
const main = fileURLToPath(new URL('../../../../src/cli/main.ts', import.meta.url))

test('the tenants alone print the settings for a hub, do as they are told, and end at SIGTERM', async () => {
  const args = [main, 'demo', 'tenants', '--okta-port', '0', '--auth0-port', '0', '--json']
  // The settings may be in this environment already: they must be printed all the same.
  const env = { PATH: process.env.PATH ?? '', OKTA_API_TOKEN: '00simulated-okta-api-token' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const settings: Record<string, string> = JSON.parse(line)
    const headers = { authorization: `SSWS ${settings.OKTA_API_TOKEN}` }
    const people = () => fetch(`${settings.OKTA_ORG_URL}/api/v1/users`, { headers })
    expect(await (await people()).json()).toHaveLength(2)

    const rule = JSON.stringify({ path: '/api/v1/users', status: 503 })
    await fetch(`${settings.OKTA_ORG_URL}/simulation/weather`, { method: 'POST', body: rule })
    expect((await people()).status).toBe(503)
    await fetch(`${settings.OKTA_ORG_URL}/simulation/weather`, { method: 'DELETE' })
    expect((await people()).status).toBe(200)

    expect(settings.OKTA_HOOK_SECRETS?.length).toBeGreaterThanOrEqual(32)
    expect((await fetch(`${settings.AUTH0_BASE_URL}/simulation/logins`)).status).toBe(200)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a hub that is set up as the tenants’ guide says gives its doctor nothing to warn of', async () => {
  const child = spawn(process.execPath, [main, 'demo', 'tenants', '--okta-port', '0', '--auth0-port', '0', '--json'], {
    env: { PATH: process.env.PATH ?? '', PORT: String(await findFreePort()) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let hub: HubProcess | undefined
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const env: Record<string, string> = { ...JSON.parse(line), DATABASE_URL: db.url }
    hub = await startHubProcess({ cwd: tmpdir(), env })
    const run = (...args: string[]) => cli({ args, env })
    for (const args of ['okta install-hook', 'auth0 deploy-action', 'okta resync --full --apply']) {
      expect(await run(...args.split(' ')), args).toMatchObject({ code: 0, err: '' })
    }
    // Who was listed is looked at within the second.
    await eventually(async () => {
      const { out } = await run('doctor', '--json')
      const { checks } = JSON.parse(out) as { checks: { name: string; status: string; detail: string }[] }
      expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
    })
  } finally {
    await hub?.stop()
    child.kill('SIGTERM')
  }
}, 240_000)
