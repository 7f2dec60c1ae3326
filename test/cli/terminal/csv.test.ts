import { expect, test } from 'vitest'
import { formatCsv } from '../../../src/cli/terminal/output.ts'

const one = (value: string | number | null) =>
  formatCsv([value], [{ title: 'x', cell: (cell) => cell }]).split('\r\n')[1]

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  [-3.5, '-3.5'],
  [null, ''],
])('%j is written as %s', (value, written) => {
  expect(formatCsv([value], [{ title: 'x', cell: (cell) => cell }])).toBe(`x\r\n${written}`)
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '=HYPERLINK("http://evil.test","x")'])(
  'the text %j is no formula to a spreadsheet',
  (value) => {
    expect(one(value)?.replace(/^"/, '')).toMatch(/^'/)
  },
)
