// @module-tag process

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { startHubProcess } from '../../lab/hub-process.ts'
import { startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const script = fileURLToPath(new URL('../../lab/guarded-folder.ts', import.meta.url))

test('whoever starts hubs and is killed leaves none behind, and no stranger with a reused id is hit', async () => {
  await using tenants = await startTenants()
  const place = await mkdtemp(join(tmpdir(), 'bellhop-guard-'))
  const guard = spawn(process.execPath, [script, place], { stdio: ['pipe', 'ignore', 'inherit'] })
  const stranger = spawn('sleep', ['60'])
  const hub = await startHubProcess({
    cwd: place,
    env: { ...makeEnvironment(tenants), DATABASE_URL: db.url },
    onSpawn: (pid) => guard.stdin.write(`${pid}\n`),
  })
  guard.stdin.write(`${stranger.pid}\n`)
  expect(isAlive(hub.pid)).toBe(true)

  // What becomes of a pipe whose other end was killed.
  guard.stdin.end()

  await eventually(() => expect(isAlive(hub.pid)).toBe(false))
  await eventually(() => expect(existsSync(place)).toBe(false))
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
  stranger.kill()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
