// @module-tag process

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { root } from '../support/markdown.ts'

const patienceMs = 300_000
const token = 'a-token-of-the-diagnosis'
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
})

const listServers = async () => (existsSync('/var/lib/bellhop') ? (await readdir('/var/lib/bellhop')).sort() : [])

function startDevWorker(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`${root}lab/edge/dev-worker.ts`, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said.text += chunk
    })
  }
  return { child, said }
}

test(
  'npm run dev:worker -- --demo --once tells the whole story through the Worker, on nobody’s database',
  async () => {
    const { child, said } = startDevWorker(['--demo', '--once'], { DATABASE_URL: 'postgres://127.0.0.1:9/nobody' })
    await once(child, 'close')
    expect(said.text).toContain('All 20 steps passed.')
    expect(child.exitCode).toBe(0)
  },
  patienceMs,
)

test(
  'npm run dev:worker serves the Worker of these settings, which /diagnosis tells of, and Ctrl-C leaves nothing behind',
  async () => {
    const before = await listServers()
    const tenants = await startTenants()
    const { child, said } = startDevWorker([], { ...makeEnvironment(tenants), HUB_DIAGNOSIS_TOKEN: token })
    await eventually(() => expect(said.text).toMatch(/listens at http/), { withinSeconds: 120 })
    const [, url = ''] = /listens at (\S+),/.exec(said.text) ?? []
    const answer = await fetch(`${url}/diagnosis`, { headers: { authorization: `Bearer ${token}` } })
    expect(await answer.json()).toMatchObject({
      wrong: [],
      bindings: { HYPERDRIVE: true, NUDGES: true },
      database: { reachable: true, schema: { fits: true }, seesOwnWrites: true },
    })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    child.kill('SIGINT')
    await once(child, 'close')
    await tenants.close()
    expect(child.exitCode).toBe(0)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
    expect(await listServers()).toEqual(before)
  },
  patienceMs,
)
