import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { describeRun, formatMarkdown, replaceMarked } from '../../lab/bench/write-docs.ts'

test('replaces what stands between the marks of a name, and nothing else', () => {
  const text = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\n<!-- bench:b -->\nkept\n<!-- /bench:b -->\nafter'
  const replaced = replaceMarked(text, { name: 'a', with: 'new $& words' })
  expect(replaced).toBe(text.replace('old', () => 'new $& words'))
  expect(replaceMarked(replaced, { name: 'a', with: 'new $& words' })).toBe(replaced)
})

test('refuses a page without the marks', () => {
  expect(() => replaceMarked('nothing', { name: 'a', with: 'new' })).toThrow('no place')
})

test('finds the marks of each part on the page', async () => {
  const page = await readFile(new URL('../../docs/bench.md', import.meta.url), 'utf8')
  for (const name of ['drain', 'edge', 'batch', 'lists', 'growth'])
    expect(replaceMarked(page, { name, with: 'new' })).toContain('-->\nnew\n<!--')
})

test('writes a table whose cells cannot end it', () => {
  const table = formatMarkdown({ title: 'T', head: ['', 'ms'], rows: [['--person <e-mail> | x', '1.0']] })
  expect(table).toBe('T:\n\n|  | ms |\n|---|--:|\n| --person \\<e-mail\\> \\| x | 1.0 |')
})

test('says with the numbers whether other work held the processors', () => {
  const machine = { node: 'v24.1.0', cores: 4, loadAverage: 0.04 }
  const at = '2026-11-28T10:00:00.000Z'
  expect(describeRun({ at, machine })).toBe('2026-11-28, 4 cores, Node 24.1.0, load average 0.0 at the start.')
  expect(describeRun({ at, machine: { ...machine, loadAverage: 1 } })).toContain(
    'load average 1.0 at the start: other work, or the part before, held the processors',
  )
})
