import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli, cliHere } from '../support/cli.ts'

let empty = ''
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'bellhop-cli-'))
})
afterAll(() => rm(empty, { recursive: true, force: true }))

const okta = { OKTA_ORG_URL: 'http://127.0.0.1:9', OKTA_HOOK_SECRETS: 'Bearer a-secret-that-must-stay-hidden-12345' }

describe('a wrong command line', () => {
  test.each([
    ['an unknown command', ['delivries'], 'Unknown command "delivries".', 'deliveries'],
    ['an option before the command', ['--json', 'deliveries'], 'Unknown command "--json".', '--help'],
    ['an unknown option', ['deliveries', '--stcuk'], 'Unknown option --stcuk.', '--stuck'],
    ['a word too many', ['deliveries', 'stuck'], '"stuck" is one word too many.', '--help'],
    ['an unknown status', ['deliveries', '--status', 'heldd'], 'There is no status "heldd".', '--status held'],
    ['a number that is none', ['deliveries', '--limit', 'many'], '--limit is many.', '--limit 50'],
    ['a missing id', ['show'], 'id is missing.', 'show'],
    ['a replay of nothing', ['replay'], 'The ids are missing.', 'recover'],
    ['a missing time', ['recover'], '--since is missing.', '2h'],
    ['a time to come', ['recover', '--since', '2999-01-01'], 'no time in the past', '2h'],
    ['an unknown fixture', ['send', 'user-deactivate'], 'no fixture "user-deactivate"', 'user-deactivated'],
    ['a secret sent in the open', ['send', 'hollow', '--url', 'http://hub.example.com'], 'not an https://', 'https://'],
    ['an unknown command of a connector', ['okta', 'install-hok'], '"okta install-hok"', 'okta install-hook'],
    ['an unknown part of the demo', ['demo', 'tenant'], 'no part "tenant"', 'demo tenants'],
    ['a credential that nobody gave', ['okta', 'install-hook'], 'OKTA_ADMIN_TOKEN is missing', '--credential-stdin'],
  ])('%s ends with 2 and says what, why, and what to do', async (_, args, what, fix) => {
    const env = { ...okta, HUB_PUBLIC_URL: 'http://127.0.0.1:9' }
    const { code, out, err } = await cliHere({ args, env })
    const lines = err.trimEnd().split('\n')
    expect({ code, out, lines: lines.length }).toEqual({ code: 2, out: '', lines: 3 })
    expect(lines[0]).toContain(what)
    expect(lines[1]).toMatch(/^ {2}Why: +\S/)
    expect(lines[2]).toMatch(/^ {2}What to do: \S/)
    expect(lines[2]).toContain(fix)
  })
})

test('a process ends with the code and the lines of its command', async () => {
  const args = ['deliveries', '--stcuk']
  expect(await cli({ args })).toEqual(await cliHere({ args }))
})

test('help is help in every spelling, and no command at all is wrong usage', async () => {
  const [long, word, nothing] = await Promise.all([['--help'], ['help'], []].map((args) => cliHere({ args })))
  expect(long).toMatchObject({ code: 0, out: expect.stringContaining('deliveries'), err: '' })
  expect(word).toEqual(long)
  expect(nothing).toMatchObject({ code: 2, out: long?.out })
})

test('a connector lists its commands and explains each', async () => {
  const [list, one] = await Promise.all([
    cliHere({ args: ['auth0'] }),
    cliHere({ args: ['auth0', 'deploy-action', '--help'] }),
  ])
  expect(list).toMatchObject({ code: 0, out: expect.stringContaining('auth0 deploy-action') })
  expect(one).toMatchObject({ code: 0, out: expect.stringContaining('--credential-stdin') })
})

test('looking for deliveries where there is no journal founds none', async () => {
  const { code, err } = await cli({ args: ['deliveries'], cwd: empty })
  expect(code).toBe(1)
  expect(err).toMatch(/no journal here[\s\S]*Why:[\s\S]*What to do:.*--folder/)
  await expect(rm(join(empty, '.bellhop'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a database that cannot be reached is said to be that, without its password', async () => {
  const env = { DATABASE_URL: 'postgres://hub:the-password@127.0.0.1:9/hub' }
  const { code, out, err } = await cliHere({ args: ['deliveries', '--json'], env })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^The database of DATABASE_URL cannot be used\./)
  expect(err).not.toContain('the-password')
})

test('the doctor lists everything that is wrong, how to mend it, and no secret', async () => {
  const env = {
    ...okta,
    OKTA_API_TOKEN: 'token-that-must-stay-hidden',
    HUB_MOOD: 'x',
    PORT: '9',
    OKTA_HOOK_HEADER: '()',
  }
  const { code, out, err } = await cli({ args: ['doctor'], env, cwd: empty })
  expect(code).toBe(1)
  for (const text of ['OKTA_HOOK_HEADER', 'no journal here', 'does not answer', '→ ']) expect(out).toContain(text)
  expect(out + err).not.toMatch(/must-stay-hidden/)
})

test('start refuses a wrong environment with every problem and its fix', async () => {
  const { code, err } = await cli({ args: ['start'], cwd: empty })
  expect(code).toBe(1)
  expect(err).toMatch(/OKTA_ORG_URL[\s\S]*→[\s\S]*AUTH0_DOMAIN[\s\S]*→/)
})
