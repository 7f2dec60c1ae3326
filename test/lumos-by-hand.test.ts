// @module-tag process

import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubProcess, startHubProcess } from '../lab/hub-process.ts'
import { CAST } from '../lab/simulators/seed.ts'
import { cliHere } from './support/cli.ts'
import { codeBlocks, readPage, root } from './support/markdown.ts'
import { testDatabase } from './support/postgres.ts'

const db = await testDatabase()
const { text } = await readPage('docs/connect-lumos.md')
const section = text.split(/^## /m).find((part) => part.startsWith('Try it without Lumos')) ?? ''
const [request = ''] = codeBlocks(section, 'json')
const [byHeader = '', bySignature = ''] = codeBlocks(section, 'bash')

const missing = ['curl', 'openssl'].filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
const lacking = missing.length > 0 ? ` (skipped: this machine has no ${missing.join(' and no ')})` : ''

let tenants: ReturnType<typeof startTenantsByCommand>
let hub: HubProcess
let env: Record<string, string>
let folder = ''

function startTenantsByCommand() {
  const args = [`${root}src/cli/main.ts`, 'demo', 'tenants', '--okta-port', '0', '--auth0-port', '0', '--json']
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, firstLine: once(createInterface({ input: child.stdout }), 'line') as Promise<[string]> }
}

beforeAll(async () => {
  tenants = startTenantsByCommand()
  const [line] = await tenants.firstLine
  env = { ...(JSON.parse(line) as Record<string, string>), DATABASE_URL: db.url, PORT: '0' }
  hub = await startHubProcess({ env, cwd: process.cwd() })
  env = { ...env, PORT: new URL(hub.url).port, HUB_PUBLIC_URL: hub.url }
  folder = await mkdtemp(join(tmpdir(), 'bellhop-by-hand-'))
})

afterAll(async () => {
  await hub?.stop()
  tenants.child.kill('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

/** What a person gets to see who pastes this into a shell, beside a file with this body. */
async function paste(command: string, body = request): Promise<string> {
  await writeFile(`${folder}/request.json`, body)
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd: folder, env: { PATH: process.env.PATH ?? '', ...env } }, (_, stdout) =>
      resolve(stdout),
    )
  })
}

const person = async () => (await cliHere({ args: ['person', CAST.lena.email], env })).out
const { role, organization, group } = CAST.access

// The docs' commands need both; a reader who lacks one cannot paste them either.
describe.skipIf(missing.length > 0)(`without Lumos, by the commands of the docs${lacking}`, () => {
  test('a request with the secret in a header gives the role', async () => {
    expect(await paste(byHeader)).toMatch(/^HTTP\/1\.1 204/)
    expect(await person()).toContain(role.id)
  })

  test('a signed request gives the group', async () => {
    expect(await paste(bySignature)).toMatch(/^HTTP\/1\.1 204/)
    expect(await person()).toContain(group.id)
  })

  test('the organization is there to give, too', async () => {
    expect(await paste(byHeader, request.replace('"billing"', '"partners"'))).toMatch(/^HTTP\/1\.1 204/)
    expect(await person()).toContain(organization.id)
  })

  test('the same addresses with deprovision take it away', async () => {
    for (const command of [byHeader, bySignature]) {
      expect(await paste(command.replace('/provision', '/deprovision'))).toMatch(/^HTTP\/1\.1 204/)
    }
  })

  test('a body that was changed after it was signed is refused, and so is what is not in the list', async () => {
    const forged = bySignature.replace(/^curl/m, 'echo >> request.json; curl')
    expect(await paste(forged)).toMatch(/^HTTP\/1\.1 401/)
    const unmapped = await paste(byHeader, request.replace('"billing"', '"everything"'))
    expect(unmapped).toMatch(/^HTTP\/1\.1 422/)
    expect(unmapped).toContain('unmapped_request')
  })
})
