import { expect, test } from 'vitest'
import { readHrFile } from '../../src/operate/read-hr-file.ts'

test('columns are found under each of their names, and who is named twice counts by the surest', () => {
  const text =
    'Name;Work E-Mail;Employee ID;Okta ID;Termination Date\nAnn;ann@acme.com;7;00u1;14.5.2026\nBob;;8;;2026-05-15T12:00\n'
  expect(readHrFile(text.replace('Work E-Mail', 'E-Mail'))).toEqual([
    { line: 2, who: '00u1', by: 'okta_id', leftOn: '2026-05-14', problem: null },
    { line: 3, who: '8', by: 'employee_number', leftOn: '2026-05-15', problem: null },
  ])
})

test('a line that cannot be read comes back with its number and why', () => {
  const lines = readHrFile(
    'email,left_on\n,2026-05-14\nann@acme.com,\nbob@acme.com,05/14/2026\ncleo@acme.com,2026-02-30\n' +
      `jos\uFFFD@acme.com,2026-05-14\nd\0an@acme.com,2026-05-14\n${'e'.repeat(321)},2026-05-14\n`,
  )
  expect(lines.map(({ line, problem }) => [line, problem])).toEqual([
    [2, 'it names nobody'],
    [3, 'it has no leaving date'],
    [4, expect.stringContaining('05/14/2026')],
    [5, expect.stringContaining('2026-02-30')],
    [6, expect.stringContaining('UTF-8')],
    [7, expect.stringContaining('UTF-8')],
    [8, expect.stringContaining('320')],
  ])
})

test.each([
  ['without a column of who left', 'name,left_on\nAnn,2026-05-14\n'],
  ['without a column of when', 'email\nann@acme.com\n'],
  ['that is empty', ''],
  ['with an open quote', 'email,left_on\n"ann@acme.com,2026-05-14\n'],
])('a file %s is refused', (_what, text) => {
  expect(() => readHrFile(text)).toThrow('This is no file of who left.')
})
