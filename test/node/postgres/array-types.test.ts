import { glob, readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { arrayTypes } from '../../../src/node/postgres/database.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()

test('every array that the journal casts is of a type that can be sent', async () => {
  const texts: string[] = []
  for await (const file of glob('src/journal/**/*.ts')) texts.push(await readFile(file, 'utf8'))
  const cast = [...texts.join('\n').matchAll(/::\s*(\w+)\[\]/g)].map(([, name]) => name)
  expect(cast).toContain('text')
  expect(Object.keys(arrayTypes)).toEqual(expect.arrayContaining(cast))
})

test('arrays arrive as they were, whatever is in them', async () => {
  const sql = postgres({ ...db.connection, max: 1, fetch_types: false, types: arrayTypes, onnotice: () => {} })
  const texts = ['', 'a "b" \\ {c}', 'null', 'ü,;']
  const [row] = await sql`
    select to_json(${texts}::text[]) as texts, to_json(${[null, 1.5]}::float8[]) as floats,
      to_json(${[]}::bigint[]) as none`
  await sql.end({ timeout: 1 })
  expect(row).toEqual({ texts, floats: [null, 1.5], none: [] })
})
