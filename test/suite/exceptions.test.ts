import { expect, test } from 'vitest'
import { readPage } from '../support/markdown.ts'
import { exceptions } from './exceptions.ts'

test('docs/runtimes.md shows each case that cannot hold somewhere, with its reason, and no other', async () => {
  const { text } = await readPage('docs/runtimes.md')
  const [, section = ''] = text.split('## Exceptions\n')
  const rows = [...section.matchAll(/^\| (\S+) \| (.+?) \| (.+?) \|$/gm)].map(([, runtime, title, reason]) => ({
    runtime,
    case: title,
    reason,
  }))
  const shown = rows.filter(({ runtime = '' }) => !/^(runtime|-+|–)$/.test(runtime))
  expect(shown).toEqual(exceptions)
  expect(rows.some(({ runtime }) => runtime === '–')).toBe(exceptions.length === 0)
})
