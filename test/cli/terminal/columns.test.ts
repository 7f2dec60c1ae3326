import { expect, test } from 'vitest'
import { type Column, cutText, formatTable } from '../../../src/cli/terminal/columns.ts'

type Row = { id: string; note: string; tries: number }

const columns: Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'TRIES', cell: ({ tries }) => String(tries), align: 'right' },
  { title: 'NOTE', cell: ({ note }) => note, shrinksTo: 6, dispensable: true },
]
const rows: Row[] = [
  { id: 'dlv_1', note: 'a rather long remark', tries: 7 },
  { id: 'dlv_22', note: '', tries: 12 },
]
const layout = (width: number) => ({ width, bold: (text: string) => text })

test('columns are aligned, numbers to the right, and no line ends in blanks', () => {
  expect(formatTable(rows, columns, layout(Number.POSITIVE_INFINITY))).toEqual([
    'ID      TRIES  NOTE',
    'dlv_1       7  a rather long remark',
    'dlv_22     12',
  ])
})

test('what may be cut is cut to the width, and an id never is', () => {
  const lines = formatTable(rows, columns, layout(25))
  expect(lines[1]).toBe('dlv_1       7  a rather …')
  expect(Math.max(...lines.map((line) => line.length))).toBe(25)
})

test('a column is left out when cutting is not enough', () => {
  expect(formatTable(rows, columns, layout(15))).toEqual(['ID      TRIES', 'dlv_1       7', 'dlv_22     12'])
})

test('colours do not disturb the alignment', () => {
  const [plain = {} as Column<Row>, ...others] = columns
  const red = { ...plain, paint: (text: string) => `\u001b[31m${text}\u001b[39m` }
  expect(formatTable(rows, [red, ...others], layout(80))[1]).toBe(
    '\u001b[31mdlv_1 \u001b[39m      7  a rather long remark',
  )
})

test('text from outside cannot move the cursor, colour itself or break the line', () => {
  const evil = { id: 'dlv_1', note: '\u001b[2J\u001b[31mred\r\nnext\u202ertl', tries: 1 }
  expect(formatTable([evil], columns, layout(80))[1]).toBe('dlv_1      1  red next rtl')
})

test.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['ÄÖÜß', 3, 'ÄÖ…'],
  ['x', 0, '…'],
])('%j cut to %i is %j', (text, width, expected) => {
  expect(cutText(text, width)).toBe(expected)
})
