import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../support/markdown.ts'

type End = { ok: boolean; code: number | null; output: string }

let house = ''

/** A copy of the project in which connectors can be made, with the tools of this one. */
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'bellhop-connector-'))
  for (const folder of ['src', 'connectors']) await cp(`${root}${folder}`, `${house}/${folder}`, { recursive: true })
  for (const file of ['package.json', 'tsconfig.json', 'biome.json']) await cp(root + file, `${house}/${file}`)
  await symlink(`${root}node_modules`, `${house}/node_modules`)
  await writeFile(`${house}/.gitignore`, 'node_modules\n')
  await writeFile(`${house}/vitest.config.ts`, "export default { test: { include: ['connectors/*/*.test.ts'] } }\n")
  // Only what is made here, and what it reaches, is checked: the rest is checked where it lives.
  await writeFile(
    `${house}/tsconfig.made.json`,
    JSON.stringify({ extends: './tsconfig.json', include: ['connectors/index.ts', 'connectors/time-clock'] }),
  )
})

afterAll(() => rm(house, { recursive: true, force: true }))

function run(program: string, args: string[]): Promise<End> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '' }
    execFile(`${root}node_modules/.bin/${program}`, args, { cwd: house, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : null
      resolve({ ok: error === null, code, output: `${stdout}${stderr}`.trim() })
    })
  })
}

const hub = (...args: string[]) => run('node', ['src/cli/main.ts', ...args])

describe('connector new', () => {
  // The hub, the formatter, the compiler and the test runner, one after the other.
  test('writes a connector that is installed, formatted, typed and tested', async () => {
    const made = await hub('connector', 'new', 'time-clock')
    expect(made).toMatchObject({
      ok: true,
      output: expect.stringContaining('connectors/time-clock/time-clock.test.ts'),
    })
    const files = await readdir(`${house}/connectors/time-clock`)
    expect(files.sort()).toEqual(['README.md', 'access.ts', 'config.ts', 'index.ts', 'time-clock.test.ts'])

    const lint = await run('biome', ['check', 'connectors/time-clock', 'connectors/index.ts'])
    expect(lint, lint.output).toMatchObject({ ok: true })
    const types = await run('tsc', ['--noEmit', '--project', 'tsconfig.made.json'])
    expect(types).toMatchObject({ output: '', ok: true })
    const tests = await run('vitest', ['run', 'connectors/time-clock'])
    expect(tests, tests.output).toMatchObject({ ok: true, output: expect.stringMatching(/8 passed/) })

    const list = JSON.parse((await hub('connectors', '--json')).output) as { id: string; problems: unknown[] }[]
    expect(list.find(({ id }) => id === 'time-clock')).toMatchObject({
      state: 'off',
      members: ['grants', 'provision', 'deprovision'],
      problems: [{ setting: 'TIME_CLOCK_URL' }, { setting: 'TIME_CLOCK_TOKEN' }],
    })
  }, 240_000)

  test('writes a test that fails when the connector does not do its work', async () => {
    await mkdir(`${house}/connectors/broken`)
    await cp(`${house}/connectors/time-clock`, `${house}/connectors/broken`, { recursive: true })
    const index = await readFile(`${house}/connectors/broken/index.ts`, 'utf8')
    await writeFile(
      `${house}/connectors/broken/index.ts`,
      index.replace('await http.put(url, {}, { headers })', 'void [http, url, headers]'),
    )
    expect(await run('vitest', ['run', 'connectors/broken'])).toMatchObject({ ok: false })
    await rm(`${house}/connectors/broken`, { recursive: true })
  })

  test('keeps the list in order as it grows, whatever the ids are', async () => {
    for (const id of ['auth0-desk', 'delete', 'a1', 'zoo-of-the-far-away-country', 'another-one-with-a-long-name']) {
      expect(await hub('connector', 'new', id)).toMatchObject({ ok: true })
    }
    const lint = await run('biome', ['check', 'connectors'])
    expect(lint, lint.output).toMatchObject({ ok: true })
    const list = JSON.parse((await hub('connectors', '--json')).output) as { id: string }[]
    expect(list.map(({ id }) => id)).toEqual(expect.arrayContaining(['okta', 'auth0-desk', 'delete', 'a1']))
  })

  test.each([
    ['one that is there', 'okta', 'connectors/okta is there already'],
    ['one that has just been made', 'time-clock', 'connectors/time-clock is there already'],
    ['capitals', 'TimeClock', 'Try time-clock'],
    ['underscores', 'time_clock', 'lower case, words joined by "-"'],
    ['a path', '../evil', 'Try evil'],
    ['a number first', '1st', 'Try st'],
    ['a dash too many', 'time--clock', 'Try time-clock'],
    ['nothing', '', 'Try time-clock'],
    ["the hub's own name", 'hub', 'begin with HUB_'],
    ['a command', 'doctor', 'that is a command of the hub'],
    ['a source', 'lumos', 'that is a source'],
    ['another source', 'platform', 'that is a source'],
  ])('refuses %s as an id, and writes nothing', async (_, id, says) => {
    const before = await readFile(`${house}/connectors/index.ts`, 'utf8')
    const { code, output } = await hub('connector', 'new', id)
    expect(code).toBe(2)
    expect(output).toContain(says)
    expect(await readFile(`${house}/connectors/index.ts`, 'utf8')).toBe(before)
  })

  test.each([
    [[], 'What to do is missing.'],
    [['make', 'x'], 'cannot be told to "make"'],
    [['new'], 'id is missing.'],
    [['new', 'a', 'b'], '"b" is one word too many.'],
  ])('is wrong usage with %j', async (words, says) => {
    expect(await hub('connector', ...words)).toMatchObject({ code: 2, output: expect.stringContaining(says) })
  })
})
