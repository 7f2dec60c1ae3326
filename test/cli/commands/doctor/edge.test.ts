import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Diagnosis, serveDiagnosis } from '../../../../src/http/diagnosis.ts'
import { cliHere } from '../../../support/cli.ts'
import { root } from '../../../support/markdown.ts'

const token = 'a-token-of-the-diagnosis'
const id = '0123456789abcdef0123456789abcdef'
const shipped = await readFile(`${root}wrangler.toml`, 'utf8')
const filledIn = shipped.replace(/^id = "0+"$/m, `id = "${id}"`)

const sound: Diagnosis = {
  wrong: [],
  settings: ['HUB_DIAGNOSIS_TOKEN', 'OKTA_ORG_URL'],
  bindings: { HYPERDRIVE: true, NUDGES: true },
  nodejsCompat: true,
  database: {
    reachable: true,
    postgres: 17,
    clockAheadMs: 12,
    schema: { fits: true, pending: [], newer: [] },
    seesOwnWrites: true,
  },
}
const withDatabase = (part: Partial<Diagnosis['database']>): Diagnosis => ({
  ...sound,
  database: { ...sound.database, ...part },
})

let found = sound
let known: string | undefined = token
const server = createServer(async (request, response) => {
  const { authorization = '' } = request.headers
  const app = serveDiagnosis({ token: known, diagnose: async () => found })
  const answer = await app.request(request.url ?? '/', { headers: { authorization } })
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const folder = await mkdtemp(join(tmpdir(), 'bellhop-edge-'))
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

type Case = { toml?: string; diagnosis?: Diagnosis; env?: Record<string, string> }

async function examine({ toml = filledIn, diagnosis = sound, env = { HUB_DIAGNOSIS_TOKEN: token } }: Case) {
  found = diagnosis
  const config = join(folder, 'wrangler.toml')
  await writeFile(config, toml)
  return cliHere({ args: ['doctor', '--edge', '--url', url, '--config', config], env })
}

test('a hub on Cloudflare that lacks nothing has no problem', async () => {
  const { code, out } = await examine({})
  expect(out).toContain('All is well.')
  expect(code).toBe(0)
})

const without = (text: string, part: RegExp) => text.replace(part, '')

test.each<[string, Case, string | RegExp]>([
  ['the placeholder of Hyperdrive', { toml: shipped }, /hyperdrive create .*--caching-disabled/],
  ['no binding of Hyperdrive', { toml: without(filledIn, /^\[\[hyperdrive\]\]\n(?:.+\n)+/m) }, 'Add [[hyperdrive]]'],
  ['no queue', { toml: without(filledIn, /^\[\[queues\.producers\]\]\n(?:.+\n)+/m) }, 'Add [[queues.producers]]'],
  ['no consumer', { toml: without(filledIn, /^\[\[queues\.consumers\]\]\n(?:.+\n)+/m) }, 'Add [[queues.consumers]]'],
  ['no dead-letter queue', { toml: without(filledIn, /^dead_letter_queue.*\n/m) }, 'Set dead_letter_queue'],
  ['no cron', { toml: without(filledIn, /^crons.*\n/m) }, 'Set crons'],
  ['no flag', { toml: without(filledIn, /^compatibility_flags.*\n/m) }, 'Set compatibility_flags'],
  [
    'an old date',
    { toml: filledIn.replace(/(?<=^compatibility_date = ").*(?=")/m, '2023-01-01') },
    'Set compatibility_date',
  ],
  [
    'a secret in the file',
    { toml: `${filledIn}\n[vars]\nOKTA_API_TOKEN = "x"\n` },
    'wrangler secret put OKTA_API_TOKEN',
  ],
  ['a file that is no TOML', { toml: 'name = ' }, 'is not TOML'],
  [
    'a missing binding',
    { diagnosis: { ...sound, wrong: ['NUDGES'], bindings: { HYPERDRIVE: true, NUDGES: false } } },
    /NUDGES: the Worker has no binding[\s\S]*Add it to wrangler\.toml/,
  ],
  [
    'a secret forgotten',
    { diagnosis: { ...sound, wrong: ['OKTA_HOOK_SECRETS'] } },
    'npx wrangler secret put OKTA_HOOK_SECRETS',
  ],
  ['a setting that is wrong', { diagnosis: { ...sound, wrong: ['OKTA_ORG_URL'] } }, 'npx wrangler tail'],
  [
    'a cached Hyperdrive',
    { diagnosis: withDatabase({ seesOwnWrites: false }) },
    `npx wrangler hyperdrive update ${id} --caching-disabled`,
  ],
  [
    'a schema too old',
    { diagnosis: withDatabase({ schema: { fits: false, pending: ['0032_cache_probe.sql'], newer: [] } }) },
    /lacks 0032_cache_probe\.sql[\s\S]*npm run hub -- migrate/,
  ],
  [
    'a schema of another version',
    { diagnosis: withDatabase({ schema: { fits: false, pending: [], newer: [] } }) },
    'Deploy the version that made it',
  ],
  ['a database out of reach', { diagnosis: withDatabase({ reachable: false }) }, 'npx wrangler hyperdrive get'],
  ['no token here', { env: {} }, 'HUB_DIAGNOSIS_TOKEN is not set here'],
  ['another token here', { env: { HUB_DIAGNOSIS_TOKEN: 'another' } }, 'refuses the token'],
])('%s is a problem, with what to do', async (_, given, said) => {
  const { code, out } = await examine(given)
  expect(out).toMatch(said)
  expect(code).toBe(1)
  expect(out).not.toContain(token)
})

test.each<[string, Case, string]>([
  ['PostgreSQL 18', { diagnosis: withDatabase({ postgres: 18 }) }, 'Hyperdrive does not list as supported'],
  ['PostgreSQL 14', { diagnosis: withDatabase({ postgres: 14 }) }, 'not tested on'],
  ['a clock that is off', { diagnosis: withDatabase({ clockAheadMs: -60_000 }) }, '60000 ms'],
  ['a cache that could not be tested', { diagnosis: withDatabase({ seesOwnWrites: null }) }, 'could not be tested'],
])('%s is a warning', async (_, given, said) => {
  const { code, out } = await examine(given)
  expect(out).toContain(said)
  expect(code).toBe(0)
})

test('a Worker without the token is told apart from one that is not there', async () => {
  known = undefined
  const { out } = await examine({})
  known = token
  expect(out).toContain('npx wrangler secret put HUB_DIAGNOSIS_TOKEN')
  const nowhere = await cliHere({
    args: ['doctor', '--edge', '--url', 'http://127.0.0.1:1'],
    env: { HUB_DIAGNOSIS_TOKEN: token },
  })
  expect(nowhere.out).toContain('does not answer')
})
