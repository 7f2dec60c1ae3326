import { stripVTControlCharacters } from 'node:util'
import { toPlainText } from './text.ts'

export type Column<Row> = {
  title: string
  cell(row: Row): string
  paint?(text: string, row: Row): string
  /** May be cut when the terminal is narrow, down to this; the last of them first. */
  shrinksTo?: number
  /** Its end says more than its beginning: that stays when it is cut. */
  keepsEnd?: true
  /** May be left out when cutting is not enough; the last of them first. */
  dispensable?: true
  align?: 'right'
}

type Layout = { width: number; bold(text: string): string }

const gap = '  '

/** Aligned columns that fit the width as far as they can be cut. */
export function formatTable<Row>(
  rows: readonly Row[],
  wanted: readonly Column<Row>[],
  { width, bold }: Layout,
): string[] {
  const columns = chooseColumns(rows, wanted, width)
  const texts = rows.map((row) => columns.map((column) => toPlainText(column.cell(row))))
  const natural = columns.map((column, i) => Math.max(column.title.length, ...texts.map((cells) => lengthOf(cells[i]))))
  const widths = narrowColumns(natural, columns, width)
  const line = (cells: readonly string[], paint: (text: string, i: number) => string) =>
    cells
      .map((cell, i) =>
        paint(
          pad(cutCell(cell, { width: widths[i] ?? 0, ...columns[i] }), { width: widths[i] ?? 0, ...columns[i] }),
          i,
        ),
      )
      .join(gap)
      .trimEnd()
  const head = line(
    columns.map(({ title }) => title),
    bold,
  )
  const body = rows.map((row, r) => line(texts[r] ?? [], (text, i) => columns[i]?.paint?.(text, row) ?? text))
  return [head, ...body]
}

/** Cut to a length, with a sign that something is missing. */
export function cutText(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, Math.max(width - 1, 0)).join('')}…`
}

function cutCell(text: string, { width, keepsEnd }: { width: number; keepsEnd?: true }): string {
  const letters = [...text]
  if (!keepsEnd || letters.length <= width) return cutText(text, width)
  return `…${letters.slice(letters.length - Math.max(width - 1, 0)).join('')}`
}

function chooseColumns<Row>(rows: readonly Row[], wanted: readonly Column<Row>[], width: number): Column<Row>[] {
  const columns = [...wanted]
  const least = () =>
    columns.reduce((sum, column) => {
      const natural = Math.max(column.title.length, ...rows.map((row) => lengthOf(toPlainText(column.cell(row)))))
      return sum + Math.min(natural, column.shrinksTo ?? natural) + gap.length
    }, -gap.length)
  while (least() > width) {
    const last = columns.findLastIndex(({ dispensable }) => dispensable)
    if (last < 0) break
    columns.splice(last, 1)
  }
  return columns
}

function narrowColumns(
  natural: readonly number[],
  columns: readonly { shrinksTo?: number }[],
  width: number,
): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each + gap.length, -gap.length) - width
  for (let i = columns.length - 1; i >= 0 && excess > 0; i--) {
    const least = columns[i]?.shrinksTo
    const now = widths[i] ?? 0
    if (least === undefined || now <= least) continue
    const taken = Math.min(now - least, excess)
    widths[i] = now - taken
    excess -= taken
  }
  return widths
}

function pad(text: string, { width, align }: { width: number; align?: 'right' }): string {
  const space = ' '.repeat(Math.max(width - lengthOf(text), 0))
  return align === 'right' ? space + text : text + space
}

function lengthOf(text = ''): number {
  return [...stripVTControlCharacters(text)].length
}

/** Two columns, as wide as they need. */
export function alignRows(rows: readonly [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
