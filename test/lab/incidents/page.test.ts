import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Scene } from '../../../lab/incidents/desk.ts'
import { incidents } from '../../../lab/incidents/incidents.ts'
import { putPages, readSteps, renderPage } from '../../../lab/incidents/page.ts'
import { root } from '../../support/markdown.ts'

const id = 'dlv_01m8gzmbt74nm68nq4fmvec09r'
const scenes: Scene[] = [
  { kind: 'alert', type: 'hub.alert.brake' },
  { kind: 'typed', command: `show ${id}`, seen: [`${id}  pending`, `it is ${id}.`, 'x'.repeat(200)] },
  { kind: 'told', text: 'It is mended.' },
]
const page = renderPage({ title: 'A title', about: 'What happened.', scenes })

test('a page has what was typed and seen, and no id of one run; a table keeps its columns', () => {
  expect(page.split('\n')).toEqual([
    '### A title',
    '',
    'What happened.',
    '',
    'The pager: `hub.alert.brake`.',
    '',
    '```text',
    '$ npm run hub -- show dlv_…',
    `${'dlv_…'.padEnd(id.length + 2)}pending`,
    'it is dlv_….',
    `${'x'.repeat(119)}…`,
    '```',
    '',
    'It is mended.',
  ])
})

test('a document with the pages tells of the same steps, and without marks is refused', () => {
  const document = putPages('before <!-- incidents: begin --> old <!-- incidents: end --> after', [page])
  expect(document).toMatch(/^before [\s\S]* after$/)
  expect(readSteps(document)).toEqual(['### A title', 'The pager: `hub.alert.brake`.', '$ npm run hub -- show dlv_…'])
  expect(() => putPages('no marks', [page])).toThrow('no marks')
})

test('docs/operations.md has a page of each incident, in this order', async () => {
  const steps = readSteps(await readFile(`${root}docs/operations.md`, 'utf8'))
  const titles = steps.filter((step) => step.startsWith('### '))
  expect(titles).toEqual(incidents.map(({ title }) => `### ${title}`))
})
