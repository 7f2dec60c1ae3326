// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
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
