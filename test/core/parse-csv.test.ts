import { expect, test } from 'vitest'
import { parseCsv } from '../../src/core/parse-csv.ts'

const cells = (text: string) => parseCsv(text)?.map((line) => line.cells)

test('CSV is read with commas, semicolons or tabs, with the mark of its encoding or without', () => {
  for (const text of ['a,b\r\n1,2\r\n', 'a;b\n1;2', 'a;b\r1;2\r', '\ufeffa\tb\n1\t2\n']) {
    expect(cells(text)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  }
})

test('quotes keep separators, line ends and quotes in their cell', () => {
  expect(cells('a,b\n"1,5","say ""hi""\nthere"\n')).toEqual([
    ['a', 'b'],
    ['1,5', 'say "hi"\nthere'],
  ])
})

test('the first line alone says what parts the cells, whichever sign ends it', () => {
  expect(cells('a;b\r1,2,3;4\r')).toEqual([
    ['a', 'b'],
    ['1,2,3', '4'],
  ])
  expect(parseCsv('a\r"x\r\ny"\rz')?.map(({ line }) => line)).toEqual([1, 2, 4])
})

test('each line says at which line of the text it begins, and lines without text are left out', () => {
  expect(parseCsv('a,b\n\n"x\ny",1\n,\nz,2')?.map(({ line }) => line)).toEqual([1, 3, 6])
})

test('a quote that is never closed makes the text unreadable', () => {
  expect(parseCsv('a,b\n"x,1\ny,2\n')).toBeNull()
})
