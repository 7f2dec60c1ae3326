/** A line of a CSV text: at which line of the text it begins, counted from 1, and its cells. */
export type CsvLine = { line: number; cells: string[] }

/**
 * Reads CSV (RFC 4180), with commas, semicolons or tabs, by which of them the first line has most of. Lines without any
 * text are left out. Null: a quote is never closed, so that what stands behind it cannot be told.
 */
export function parseCsv(text: string): CsvLine[] | null {
  const body = text.replace(/^\uFEFF/, '')
  const separator = findSeparator(body)
  const lines: CsvLine[] = []
  let current: CsvLine = { line: 1, cells: [] }
  let line = 1
  let cell = ''
  let isQuoted = false
  const endCell = () => {
    current.cells.push(cell)
    cell = ''
  }
  const endLine = () => {
    endCell()
    if (current.cells.some((one) => one.trim() !== '')) lines.push(current)
    current = { line, cells: [] }
  }
  for (let i = 0; i < body.length; i++) {
    const letter = body[i] ?? ''
    // A line ends with either sign, or with both.
    const isEnd = letter === '\n' || (letter === '\r' && body[i + 1] !== '\n')
    if (isEnd) line++
    if (isQuoted) {
      if (letter !== '"') cell += letter
      else if (body[i + 1] === '"') cell += body[++i]
      else isQuoted = false
    } else if (letter === '"' && cell.trim() === '') {
      cell = ''
      isQuoted = true
    } else if (letter === separator) endCell()
    else if (isEnd) endLine()
    else if (letter !== '\r') cell += letter
  }
  if (isQuoted) return null
  endLine()
  return lines
}

function findSeparator(text: string): string {
  const [first = ''] = text.split(/[\r\n]/, 1)
  const count = (sign: string) => first.split(sign).length
  return [',', ';', '\t'].reduce((most, sign) => (count(sign) > count(most) ? sign : most))
}
