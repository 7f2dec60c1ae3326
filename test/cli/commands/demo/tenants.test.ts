// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

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
