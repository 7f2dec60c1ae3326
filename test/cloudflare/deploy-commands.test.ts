// @module-tag process

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { codeBlocks, readPage, root } from '../support/markdown.ts'

const folder = await mkdtemp(join(tmpdir(), 'bellhop-wrangler-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Without an account wrangler can be asked for its commands and their options, and for nothing else. */
const known: [command: string, options: string[]][] = [
  ['login', []],
  ['hyperdrive create', ['--connection-string', '--caching-disabled']],
  ['hyperdrive update', ['--caching-disabled']],
  ['queues create', []],
  ['secret put', []],
  ['deploy', []],
]

test.each(known)('wrangler knows the command "%s" and the options that are told of', async (command, options) => {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
  }
  const args = [join(root, 'node_modules/wrangler/wrangler-dist/cli.js'), ...command.split(' '), '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: folder })
  for (const word of [`wrangler ${command}`, ...options]) expect(stdout).toContain(word)
})

test('every command of wrangler that the page shows is one of these', async () => {
  const { text } = await readPage('docs/deploy-cloudflare.md')
  const shown = codeBlocks(text, 'sh')
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => /npx wrangler (.+?)(?:\s+#|$)/.exec(line)?.[1] ?? [])
  expect(shown.length).toBeGreaterThan(5)
  expect(shown.filter((line) => !known.some(([command]) => line.startsWith(command)))).toEqual([])
})
