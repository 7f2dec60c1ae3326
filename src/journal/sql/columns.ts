import { type AnySql, toCleanJson } from './sql.ts'

type Plain = 'text' | 'boolean' | 'integer' | 'double precision' | 'timestamptz' | 'uuid'

type Column<Row> =
  | readonly [type: Plain, of: (row: Row) => string | number | boolean | null | undefined]
  | readonly [type: 'json' | 'jsonb', of: (row: Row) => string | null]

/** The columns of a list of rows: the type of each in PostgreSQL, and what of a row stands in it; of JSON, its text. */
type Columns<Row> = { list: string; of: readonly ((row: Row) => unknown)[] }

/** ASCII's own marks between records and between the units of one, and a third for null. JSON text has none of them. */
const marks = { record: '\x1e', unit: '\x1f', null: '\x1d' }
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no unit may have
const refused = /[\0\x1d-\x1f]/g

export function defineColumns<Row>(columns: Readonly<Record<string, Column<Row>>>): Columns<Row> {
  const list = Object.entries(columns).map(
    ([name, [type]], i) => `unit[${i + 1}]${type === 'text' ? '' : `::${type}`} as ${name}`,
  )
  return { list: list.join(', '), of: Object.values(columns).map(([, of]) => of) }
}

/**
 * Rows as one text, to select from: PostgreSQL takes it apart for about half of what rows of JSON cost it, and so does
 * the driver. Texts lose the marks, and what PostgreSQL refuses of them, as they do in `asCleanRows`.
 */
export function toRecords<Row>(sql: AnySql, rows: readonly Row[], { list, of }: Columns<Row>) {
  let text = ''
  for (const [i, row] of rows.entries()) {
    if (i > 0) text += marks.record
    for (const [k, one] of of.entries()) text += k > 0 ? marks.unit + toUnit(one(row)) : toUnit(one(row))
  }
  // `offset 0`: taken apart once for a row, and not again for each of its columns.
  return sql`(
    select ${sql.unsafe(list)} from (
      select string_to_array(record, chr(31), chr(29)) as unit from string_to_table(${text}, chr(30)) as record offset 0
    ) as units
  )`
}

function toUnit(value: unknown): string {
  if (value === undefined || value === null) return marks.null
  return typeof value === 'string' ? value.replace(refused, '\ufffd') : String(value)
}

/** The JSON text of a value without what PostgreSQL refuses; null for what is absent, which is not JSON's null. */
export function toJsonOrNull(value: unknown): string | null {
  return value === undefined || value === null ? null : toCleanJson(value)
}
