import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCsv } from '../../src/core/csv.ts'
import { parseCsv } from '../../src/core/parse-csv.ts'

const write = (value: string | number | null) =>
  formatCsv([value], [{ title: 'x', cell: (cell) => cell }]).replace(/^x\r\n/, '')

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a;b', '"a;b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  [-3.5, '-3.5'],
  [null, ''],
])('%j is written as %s', (value, written) => {
  expect(write(value)).toBe(`${written}\r\n`)
})

test.each([
  ...['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://evil.test","x")'],
  ...[' =1', '"=1', "'=1", '" =1', '\u00a0=1', '\u200b=1', '\ufeff=1', ' \t1', '\n=1', '＝1', '＠x'],
])('the text %j is no formula to a spreadsheet', (value) => {
  expect(write(value).replace(/^"/, '')).toMatch(/^'/)
})

/** Letters of which formulas are made are drawn often. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'=+-@"\' \t\r\n,;a1'), maxLength: 12 }),
)

describe('whatever the texts are', () => {
  test('a reader of CSV gets every cell back, and before it an apostrophe where it could begin a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (rows) => {
        // The last column has text, so that no line is empty.
        const full = rows.map((row) => [...row, 'x'])
        const columns = [0, 1, 2].map((i) => ({ title: `t${i}`, cell: (row: string[]) => row[i] ?? '' }))
        const read = parseCsv(formatCsv(full, columns))?.slice(1)
        const isKept = (cell: string | undefined, value: string) => cell === value || cell === `'${value}`
        expect(read?.map(({ cells }) => cells.length)).toEqual(full.map(() => 3))
        const lost = full.flatMap((row, r) => row.filter((value, c) => !isKept(read?.[r]?.cells[c], value)))
        expect(lost).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('no cell begins with a sign of a formula, behind whatever spaces and quotes', () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = write(value).replace(/\r\n$/, '')
        const cell = written.startsWith('"') ? written.slice(1) : written
        // What a spreadsheet looks at: the first letter, and the first behind spaces and quotes.
        expect(cell).not.toMatch(/^[=+\-@\t\r]/)
        if (!cell.startsWith("'")) expect(cell.trimStart().replace(/^["'\s]+/, '')).not.toMatch(/^[=+\-@]/)
      }),
      { numRuns: 500 },
    )
  })
})
