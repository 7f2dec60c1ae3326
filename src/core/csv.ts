export type CsvColumn<Row> = { title: string; cell(row: Row): string | number | null }

/** Writes rows as CSV (RFC 4180) below a line of titles, each line with its end. All CSV of the hub is written here. */
export function formatCsv<Row>(rows: readonly Row[], columns: readonly CsvColumn<Row>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))]
  return lines.map(formatCsvLine).join('')
}

/** Writes one line of CSV, with its end. */
export function formatCsvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(formatCell).join(',')}\r\n`
}

function formatCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const harmless = beginsFormula.test(value) ? `'${value}` : value
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/**
 * A text that a spreadsheet may take for a formula: names come from outside, and the reader is an auditor. Spreadsheets
 * skip spaces and quotes at the beginning, and some take the wide forms of the signs too. Such a text gets an apostrophe.
 */
const beginsFormula = /^(?:[\s"'\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|[ "']*[\t\r\n])/u
