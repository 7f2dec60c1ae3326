import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  circles,
  defaultExports,
  type Files,
  forbiddenGlobals,
  looseTypes,
  poorTestTitles,
  unexplainedLength,
  wordsPastRedactor,
  wrongImports,
} from './support/architecture.ts'
import { doors, innerRooms, rooms } from './support/rooms.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const all = await readSources(['src', 'connectors', 'actions', 'lab', 'scripts', 'test'])
const tests = only((path) => path.endsWith('.test.ts'))
// Beside its connector, a test and its helpers may use all that tests use.
const product = only((path) => !path.startsWith('test/') && !isTestFile(path))

describe('the house', () => {
  test('imports only downwards or within a room', () => {
    expect(wrongImports(product)).toEqual([])
  })

  test('has no circle of imports', () => {
    expect(circles(product)).toEqual([])
  })

  test('touches a runtime, a clock and chance on its roof only', () => {
    expect(forbiddenGlobals(product)).toEqual([])
  })

  test('has no file over 250 lines without a reason', () => {
    expect(unexplainedLength(product)).toEqual([])
  })

  test('has neither any nor a bare suppression, in its tests neither', () => {
    expect(looseTypes(only((path) => path !== 'test/architecture.test.ts'))).toEqual([])
  })

  test('exports by name, except for connectors', () => {
    expect(defaultExports(product)).toEqual([])
  })

  test('makes words of an error through the redactor only (attack 4)', () => {
    expect(wordsPastRedactor(product)).toEqual([])
  })

  test('titles each test once per file and as a fact', () => {
    expect(poorTestTitles(tests)).toEqual([])
  })

  test('has a door in every room with an index, and no other', () => {
    const indexes = [...product.keys()].filter((path) => /^src\/[^/]+\/index\.ts$/.test(path))
    expect(indexes.filter((path) => !doors.some(({ door }) => door.test(path)))).toEqual([])
    expect(doors.filter(({ door }) => !indexes.some((path) => door.test(path)))).toEqual([])
  })

  test('has no room without a file', () => {
    const paths = [...product.keys()]
    expect(rooms.filter(({ files }) => !paths.some((path) => files.test(path))).map(({ name }) => name)).toEqual([])
    const inner = Object.entries(innerRooms).flatMap(([connector, folders]) =>
      Object.keys(folders).map((folder) => `connectors/${connector}/${folder}/`),
    )
    expect(inner.filter((folder) => !paths.some((path) => path.startsWith(folder)))).toEqual([])
  })

  test('is seen by these tests', () => {
    expect([...product.keys()]).toEqual(expect.arrayContaining(['src/core/clock.ts', 'connectors/index.ts']))
    expect(tests.size).toBeGreaterThan(5)
  })
})

describe('wrongImports finds', () => {
  test.each([
    ['a way up', 'src/core/a.ts', "import { b } from '../journal/b.ts'"],
    ['a type from above', 'src/journal/a.ts', "import type { B } from '../http/b.ts'"],
    ['an inline type import', 'src/journal/a.ts', "type B = import('../engine/b.ts').B"],
    ['a neighbour on the same floor', 'src/journal/a.ts', "import { b } from '../sources/b.ts'"],
    ['a re-export', 'src/outbound/a.ts', "export * from '../sources/b.ts'"],
    ['a dynamic import', 'src/engine/a.ts', "const b = await import('../app.ts')"],
    ['an import over several lines', 'src/core/a.ts', "import {\n  b,\n  c,\n} from '../hub.ts'"],
    ['the public door from inside', 'src/engine/a.ts', "import { b } from '../index.ts'"],
    ['the public door from the roof', 'src/node/a.ts', "import { b } from '../index.ts'"],
    ['too much behind the public door', 'src/index.ts', "export { b } from './journal/b.ts'"],
    ['the connectors below the roof', 'src/hub.ts', "import { b } from '../connectors/index.ts'"],
    ['the hub’s inside in a connector', 'connectors/badge/index.ts', "import { b } from '../../src/core/b.ts'"],
    ['a way up inside a connector', 'connectors/auth0/tenant/a.ts', "import { b } from '../access/b.ts'"],
    ['a neighbour inside a connector', 'connectors/okta/event-hook/a.ts', "import { b } from '../access/b.ts'"],
    ['the roof of a connector from inside', 'connectors/okta/org/a.ts', "import { b } from '../doctor.ts'"],
    ['a room that its connector does not declare', 'connectors/okta/misc/a.ts', ''],
    ['another connector', 'connectors/badge/index.ts', "import { b } from '../auth0/index.ts'"],
    ['node in a connector', 'connectors/badge/index.ts', "import { readFile } from 'node:fs/promises'"],
    ['node without its prefix', 'src/journal/a.ts', "import { readFile } from 'fs/promises'"],
    ['Workers below the roof', 'src/http/a.ts', "import { env } from 'cloudflare:workers'"],
    ['a package in core', 'src/core/a.ts', "import got from 'got'"],
    ['a package in an Action', 'actions/post-login/code.js', "const auth0 = require('auth0')"],
    ['the hub in a simulated tenant', 'lab/simulators/a.ts', "import { b } from '../../src/core/b.ts'"],
    ['a file behind a door', 'src/engine/a.ts', "import { claim } from '../journal/queue/claim.ts'"],
    ['a type behind a door', 'src/http/a.ts', "import type { Source } from '../sources/source.ts'"],
    ['cryptography anywhere else', 'src/core/a.ts', "import { createHash } from 'node:crypto'"],
    ['the hub in scripts of its own', 'scripts/a.ts', "import { a } from '../lab/story.ts'"],
    ['the lab in the product', 'src/cli/commands/a.ts', "import { a } from '../../../lab/story.ts'"],
    ['a command in a view', 'src/cli/views/a.ts', "import { b } from '../commands/b.ts'"],
    ['the journal opened by a view', 'src/cli/views/a.ts', "import { b } from '../setup/b.ts'"],
    ['a view in what commands need', 'src/cli/setup/a.ts', "import type { B } from '../views/b.ts'"],
    ['the command line in the terminal', 'src/cli/terminal/a.ts', "import { b } from '../run.ts'"],
    ['a view in the list of commands', 'src/cli/table.ts', "import { b } from './views/b.ts'"],
    ['a folder that has no floor', 'src/misc/a.ts', ''],
  ])('%s, as in %s', (_what, path, text) => {
    expect(wrongImports(one(path, text))).toEqual([expect.stringContaining(path)])
  })

  test('nothing in imports that go downwards, stay, or stand in comments', () => {
    const files = new Map([
      ['src/core/a.ts', "import { z } from 'zod'\n// import { b } from '../hub.ts'\nconst text = `import '../app.ts'`"],
      ['src/http/a.ts', "import { a } from '../core/a.ts'\nimport { b } from './b.ts'\nimport { Hono } from 'hono'"],
      ['src/cli/a.ts', "import { a } from './commands/a.ts'\nimport 'node:fs'\nimport { s } from './terminal/s.ts'"],
      ['src/cli/commands/a.ts', "import { a } from '../../node/a.ts'\nimport { v } from '../views/v.ts'"],
      ['connectors/badge/index.ts', "import { a } from '../../src/index.ts'\nimport { b } from './b.ts'"],
      ['connectors/auth0/access/a.ts', "import { a } from '../people/a.ts'\nimport { b } from '../tenant/b.ts'"],
      ['connectors/auth0/doctor.ts', "import { a } from './access/a.ts'\nimport { b } from './action/b.ts'"],
      ['src/index.ts', "export type { O } from './sources/okta/event-types.ts'\nexport { a } from './core/a.ts'"],
    ])
    expect(wrongImports(files)).toEqual([])
  })
})

describe('circles finds', () => {
  test('one of three files, closed by a type', () => {
    const files = new Map([
      ['src/core/a.ts', "import { b } from './b.ts'"],
      ['src/core/b.ts', "export { c } from './c.ts'"],
      ['src/core/c.ts', "import type { A } from './a.ts'"],
      ['src/core/d.ts', "import { a } from './a.ts'"],
    ])
    expect(circles(files)).toEqual(['src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts'])
  })

  test('a file that imports itself', () => {
    expect(circles(one('src/core/a.ts', "import './a.ts'"))).toEqual(['src/core/a.ts → src/core/a.ts'])
  })

  test('nothing where two ways meet', () => {
    const files = new Map([
      ['src/core/a.ts', "import './b.ts'\nimport './c.ts'"],
      ['src/core/b.ts', "import './c.ts'"],
      ['src/core/c.ts', ''],
    ])
    expect(circles(files)).toEqual([])
  })
})

describe('forbiddenGlobals finds', () => {
  test.each(['process.env.X', 'globalThis.process', 'const { env } = process', 'const x = { process }'])(
    'the environment in %s',
    (text) => {
      expect(forbiddenGlobals(one('src/core/a.ts', text))).not.toEqual([])
    },
  )

  test.each(['Date.now()', "Date['now']()", 'f(Date.now)', 'new Date()', 'Date()', 'Math.random()'])(
    'a clock or chance in %s',
    (text) => {
      expect(forbiddenGlobals(one('connectors/badge/a.ts', text))).not.toEqual([])
    },
  )

  test('nothing in properties of that name, comments, texts, dates of something, or on the roof', () => {
    const text =
      "new Date(0); a.process; type B = { process: 1 }; const c = { process: 1 } // process.env\n'Date.now()'"
    expect(forbiddenGlobals(one('src/core/a.ts', text))).toEqual([])
    expect(forbiddenGlobals(one('src/node/a.ts', 'process.env; Date.now()'))).toEqual([])
  })
})

describe('the other checks find', () => {
  const long = 'let a\n'.repeat(251)

  test('a long file, unless it says why at its top', () => {
    expect(unexplainedLength(one('src/core/a.ts', long))).toHaveLength(1)
    expect(unexplainedLength(one('src/core/a.ts', `${long}// Longer than 250 lines because late`))).toHaveLength(1)
    expect(unexplainedLength(one('src/core/a.ts', `// Longer than 250 lines because\n${long}`))).toHaveLength(1)
    expect(unexplainedLength(one('src/core/a.ts', `// Longer than 250 lines because a table\n${long}`))).toEqual([])
    expect(unexplainedLength(one('src/core/a.ts', 'let a\n'.repeat(250)))).toEqual([])
  })

  test.each([
    'let a: any',
    'let a = b as any[]',
    '// @ts-ignore because I say so',
    '// @ts-nocheck for once',
    '// @ts-expect-error',
    '/* @ts-expect-error */',
    '// biome-ignore lint/suspicious/noExplicitAny',
    '// biome-ignore lint/suspicious/noExplicitAny: ok',
  ])('looseness in %s', (text) => {
    expect(looseTypes(one('src/core/a.ts', text))).toHaveLength(1)
  })

  test('no fault in the word any, nor in a suppression with its reason', () => {
    const explained = '// @ts-expect-error a hook must name its kind\n// biome-ignore lint/a/b: filled by the sources\n'
    expect(looseTypes(one('src/core/a.ts', `${explained}const any = "any" // any`))).toEqual([])
  })

  test.each([
    'a = thrown.message',
    'f(error?.message)',
    'String(error)',
    `\`x $\{thrown}\``,
    'err.toString()',
    'cause.stack',
  ])('words of an error past the redactor in %s', (text) => {
    expect(wordsPastRedactor(one('connectors/badge/client.ts', text))).toHaveLength(1)
    expect(wordsPastRedactor(one('src/engine/a.ts', text))).toHaveLength(1)
    expect(wordsPastRedactor(one('lab/a.ts', text))).toEqual([])
    expect(wordsPastRedactor(one('src/engine/a.ts', `// ${text}\nerrorMessage(thrown)`))).toEqual([])
  })

  test.each(['export default 1', 'export { a as default } from "./a.ts"'])(
    '%s, but not in a connector’s index',
    (text) => {
      expect(defaultExports(one('connectors/badge/client.ts', text))).toHaveLength(1)
      expect(defaultExports(one('connectors/badge/index.ts', text))).toEqual([])
    },
  )

  test('a title that stands twice and one that only wishes', () => {
    const text = "test('a', f); test.each([1])('a', f); it(`it should b`, f); describe('a', f); test.skipIf(x)('c', f)"
    expect(poorTestTitles(one('test/a.test.ts', text))).toEqual([
      'test/a.test.ts has two tests “a”',
      'test/a.test.ts says should in “it should b”',
    ])
  })
})

function one(path: string, text: string): Files {
  return new Map([[path, text]])
}

function only(wanted: (path: string) => boolean): Files {
  return new Map([...all].filter(([path]) => wanted(path)))
}

function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || /^connectors\/[^/]+\/(test|fixtures)\//.test(path)
}

async function readSources(folders: readonly string[]): Promise<Files> {
  const lists = folders.map(async (folder) => {
    const names = await readdir(join(root, folder), { recursive: true })
    // The bench's peers may be installed.
    const own = names.filter((name) => /\.(ts|js)$/.test(name) && !name.includes('node_modules'))
    const paths = own.map((name) => join(folder, name))
    return paths.map((path) => path.split(sep).join('/'))
  })
  const paths = (await Promise.all(lists)).flat().sort()
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  )
}
