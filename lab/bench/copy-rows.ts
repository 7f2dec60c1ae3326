import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Sql } from '../../src/journal/index.ts'

// What fills tables of the journal by COPY.

/** How the rows of a table are made: its columns, and their values as a line of COPY. */
export type Table<T> = { name: string; columns: string; line(row: T): string }

/** NULL, as COPY writes it. */
export const none = '\\N'

/** Nothing that is written here has a tab, a line's end or a backslash, which COPY would have escaped. */
export function join(...cells: string[]): string {
  return cells.join('\t')
}

const linesOfWrite = 1000

/** Writes rows into a table of the schema `hub`. */
export async function copy<T>(sql: Sql, { name, columns, line }: Table<T>, rows: readonly T[]): Promise<void> {
  const into = await sql`copy hub.${sql(name)} (${sql.unsafe(columns)}) from stdin`.writable()
  await pipeline(Readable.from(writeLines(rows, line)), into)
}

function* writeLines<T>(rows: readonly T[], line: (row: T) => string): Generator<Buffer> {
  for (let first = 0; first < rows.length; first += linesOfWrite) {
    const lines = rows.slice(first, first + linesOfWrite).map((row) => `${line(row)}\n`)
    yield Buffer.from(lines.join(''))
  }
}
