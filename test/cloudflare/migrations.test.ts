import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { root } from '../support/markdown.ts'

// Read as text: only the bundler of a Worker can import SQL.
const listed = await readFile(`${root}src/cloudflare/migrations.ts`, 'utf8')
const names = (await readdir(`${root}src/journal/migrations`)).sort()

test('a Worker knows every migration, each by its own text', () => {
  for (const name of names) {
    const number = name.slice(0, 4)
    expect(listed).toContain(`import text${number} from '../journal/migrations/${name}'\n`)
    expect(listed).toContain(`  { number: ${Number(number)}, name: '${name}', text: text${number} },\n`)
  }
})

test('a Worker knows no migration that is not there, and knows them in their order', () => {
  const entries = [...listed.matchAll(/name: '([^']+)'/g)].map(([, name]) => name)
  expect(entries).toEqual(names)
})
