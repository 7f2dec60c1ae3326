import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from './support/markdown.ts'

// Written apart, so that this file is not one itself.
const tag = ['@module-tag', 'process'].join(' ')
const folder = await mkdtemp(join(tmpdir(), 'bellhop-retries-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Passes when it is tried a second time. */
const unsteady = (title: string) =>
  `import { expect, test } from 'vitest'\nlet tries = 0\ntest('${title}', () => expect(++tries).toBe(2))\n`

await symlink(`${root}node_modules`, join(folder, 'node_modules'))
const files = {
  'vitest.config.ts': `
    import shipped from ${JSON.stringify(`${root}vitest.config.ts`)}
    export default { test: { ...shipped.test, include: ['*.test.ts'], globalSetup: [] } }`,
  'first.test.ts': `// ${tag}\n${unsteady('waits for a process')}`,
  'second.test.ts': `// ${tag}\n${unsteady('waits for another')}`,
  'within.test.ts': unsteady('finds a race'),
  'steady.test.ts': `// ${tag}\nimport { test } from 'vitest'\ntest('passes at once', () => {})\n`,
}
for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)

/** Runs these files under the shipped configuration, in CI or at a desk. */
function run(names: string[], { ci = true } = {}): Promise<{ code: number; out: string }> {
  const env = { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...(ci ? { CI: 'true' } : {}) }
  const words = [`${root}node_modules/vitest/dist/cli.js`, 'run', '--root', folder, ...names]
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: folder, env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out: out + err })
    })
  })
}

describe('a run in CI', () => {
  test('tries a process test once more, and says which', async () => {
    const { code, out } = await run(['first', 'steady'])
    expect(out).toContain('Tried again: 1, and 1 is allowed.\n  first.test.ts > waits for a process')
    expect(out).not.toContain('passes at once')
    expect(code).toBe(0)
  })

  test('fails when two were tried again, though both passed then', async () => {
    const { code, out } = await run(['first', 'second'])
    expect(out).toMatch(/Tests +2 passed/)
    expect(out).toContain('Tried again: 2, and 1 is allowed.')
    expect(out).toContain('  first.test.ts > waits for a process\n')
    expect(out).toContain('  second.test.ts > waits for another\n')
    expect(code).toBe(1)
  })

  test('tries nothing again that runs in the process of the tests', async () => {
    const { code, out } = await run(['within'])
    expect(out).toMatch(/Tests +1 failed/)
    expect(out).not.toContain('Tried again')
    expect(code).toBe(1)
  })
})

test('a run at a desk tries nothing again', async () => {
  const { code, out } = await run(['first'], { ci: false })
  expect(out).toMatch(/Tests +1 failed/)
  expect(code).toBe(1)
})

test('only what starts processes is tagged as a process test', async () => {
  const starts =
    /from '(?:node:child_process|.*\/lab\/(?:hub-process|chaos\/cluster|edge\/worker-process)\.ts|.*\/support\/(?:embedded|hub-pair)\.ts|.*\/runtimes\/\w+\.ts)'|import \{.*\bcli\b.*\} from/
  const tagged: string[] = []
  const wrong: string[] = []
  for await (const path of glob('{test,connectors,actions}/**/*.test.ts', { cwd: root })) {
    const text = await readFile(`${root}${path}`, 'utf8')
    if (!text.includes(tag)) continue
    tagged.push(path)
    if (!starts.test(text)) wrong.push(path)
  }
  expect(wrong).toEqual([])
  expect(tagged.length).toBeGreaterThan(5)
})
