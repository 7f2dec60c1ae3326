// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, utimes } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { root } from '../support/markdown.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

const settings = {
  HUB_DRAIN_SECONDS: '0',
  DATABASE_URL: db.url,
  OKTA_ORG_URL: 'http://127.0.0.1:9',
  OKTA_API_TOKEN: 'a-token-that-opens-nothing',
  OKTA_HOOK_SECRETS: 'a-secret-that-opens-nothing',
  AUTH0_DOMAIN: '127.0.0.1:9',
  AUTH0_CLIENT_ID: 'a-client-that-is-none',
  AUTH0_CLIENT_SECRET: 'a-secret-that-opens-nothing',
}

/** npm hands a signal on to the shell of its script alone: a hub below that shell would run on, with no parent process. */
test('SIGTERM to the shell of npm start reaches the hub, which ends in order', async () => {
  const { scripts } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { scripts: { start: string } }
  const shell = spawn('sh', ['-c', scripts.start], {
    cwd: root,
    env: {
      PATH: `${root}node_modules/.bin:${process.env.PATH}`,
      ...settings,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that nothing is left over whatever comes of it.
    detached: true,
  })
  const said: string[] = []
  createInterface({ input: shell.stdout }).on('line', (line) => {
    said.push(line)
    if (line.includes('"Listening"')) shell.kill('SIGTERM')
  })
  const closed = once(shell, 'close', { signal: AbortSignal.timeout(20_000) })
  const [code, signal] = await closed.catch(() => ['it runs on'])
  if (shell.pid && code !== 0) process.kill(-shell.pid, 'SIGKILL')
  expect({ code, signal, last: said.at(-1) }).toEqual({ code: 0, signal: null, last: expect.stringContaining('Ended') })
})

test('a port that is taken is said in words, with the way out, and the hub ends', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const hub = spawn(process.execPath, [`${root}src/node.ts`], {
    env: { PATH: process.env.PATH, ...settings, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  hub.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(hub, 'close', { signal: AbortSignal.timeout(20_000) })
  taken.close()
  expect(code).toBe(1)
  expect(said).toContain(`The hub cannot listen on 127.0.0.1, port ${port}.`)
  expect(said).toContain('set PORT to a free one')
})

test('npm run dev starts the hub anew when a file changes, and at once', async () => {
  const { scripts } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { scripts: { dev: string } }
  const { HUB_DRAIN_SECONDS: _, ...plain } = settings
  const shell = spawn('sh', ['-c', scripts.dev], {
    cwd: root,
    env: { PATH: `${root}node_modules/.bin:${process.env.PATH}`, ...plain, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const said: string[] = []
  const heard = (word: string, times: number) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`"${word}" was not said: ${said.join(' ')}`)), 30_000)
      lines.on('line', () => {
        if (said.filter((line) => line.includes(word)).length < times) return
        clearTimeout(timer)
        resolve()
      })
    })
  const lines = createInterface({ input: shell.stdout }).on('line', (line) => said.push(line))
  try {
    await heard('"Listening"', 1)
    const changed = `${root}src/core/clock.ts`
    await utimes(changed, new Date(), new Date())
    await heard('"Listening"', 2)
    expect(said.filter((line) => line.includes('Ended'))).toHaveLength(1)
  } finally {
    if (shell.pid) process.kill(-shell.pid, 'SIGKILL')
    await once(shell, 'close')
  }
})
