import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineColumns, toJsonOrNull, toRecords } from '../../../src/journal/sql/columns.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

type Row = {
  text: string | null
  json: fc.JsonValue
  flag: boolean | null
  whole: number | null
  number: number | null
  time: string | null
}

const columns = defineColumns<Row>({
  text: ['text', (row) => row.text],
  json: ['json', (row) => toJsonOrNull(row.json)],
  jsonb: ['jsonb', (row) => toJsonOrNull(row.json)],
  flag: ['boolean', (row) => row.flag],
  whole: ['integer', (row) => row.whole],
  number: ['double precision', (row) => row.number],
  time: ['timestamptz', (row) => row.time],
})

const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
/** Every letter there is, also those that PostgreSQL refuses and those that part records and units. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\x1d', '\x1e', '\x1f', '\ud83d', '\\', '"', '{', '}', ',', 'NULL', '\n'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
})
const json: fc.Arbitrary<fc.JsonValue> = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }),
  text,
  fc.record({ text, list: fc.array(text) }),
)

const marks = ['\0', '\x1d', '\x1e', '\x1f']
const cleaned = (value: string) =>
  [...value.toWellFormed()].map((letter) => (marks.includes(letter) ? '\ufffd' : letter)).join('')
const cleanedJson = (value: fc.JsonValue) =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? lettersOf(one) : one))
const lettersOf = (value: string) => value.toWellFormed().replaceAll('\0', '\ufffd')
const hasCleanNames = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Object.entries(value).every(([name, one]) => name === lettersOf(name) && hasCleanNames(one))

const read = (rows: readonly Row[]) => sql`select r.* from ${toRecords(sql, rows, columns)} as r`

test('rows arrive as they were sent, without what PostgreSQL refuses', async () => {
  const row = fc.record({
    text: orNull(text),
    json: json.filter(hasCleanNames),
    flag: orNull(fc.boolean()),
    whole: orNull(fc.integer()),
    // A negative nought is written as any other.
    number: orNull(fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)),
    time: orNull(
      fc
        .date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((time) => time.toISOString()),
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const expected = rows.map((one) => ({
        ...one,
        text: one.text === null ? null : cleaned(one.text),
        json: cleanedJson(one.json),
        jsonb: cleanedJson(one.json),
      }))
      expect([...(await read(rows))]).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('an empty text is not null, and what is absent is', async () => {
  const nothing = { json: null, flag: null, whole: null, number: null, time: null }
  const rows = await read([
    { ...nothing, text: '' },
    { ...nothing, text: null },
  ])
  expect(rows.map((row) => row.text)).toEqual(['', null])
  expect(rows[0]).toMatchObject({ json: null, jsonb: null, flag: null, whole: null, number: null, time: null })
})

test('no rows are no rows', async () => {
  expect([...(await read([]))]).toEqual([])
})
