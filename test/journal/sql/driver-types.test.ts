import { glob, readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { driverTypes } from '../../../src/journal/sql/driver-types.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()

test('every array that the journal casts is of a type that can be sent', async () => {
  const texts: string[] = []
  for await (const file of glob('src/journal/**/*.ts')) texts.push(await readFile(file, 'utf8'))
  const cast = [...texts.join('\n').matchAll(/::\s*(\w+)\[\]/g)].map(([, name]) => name)
  expect(cast).toContain('text')
  expect(Object.keys(driverTypes)).toEqual(expect.arrayContaining(cast))
})

test('arrays arrive as they were, whatever is in them', async () => {
  const sql = postgres({ ...db.connection, max: 1, fetch_types: false, types: driverTypes, onnotice: () => {} })
  const texts = ['', 'a "b" \\ {c}', 'null', 'ü,;']
  const [row] = await sql`
    select to_json(${texts}::text[]) as texts, to_json(${[null, 1.5]}::float8[]) as floats,
      to_json(${[]}::bigint[]) as none`
  await sql.end({ timeout: 1 })
  expect(row).toEqual({ texts, floats: [null, 1.5], none: [] })
})

test('a time comes out as ISO text, as a column and inside of JSON, whatever the zone of the session', async () => {
  const sql = postgres({ ...db.connection, max: 1, connection: { TimeZone: 'Asia/Kolkata' }, onnotice: () => {} })
  const at = '2026-05-14T12:00:00.123Z'
  const [row] = await sql`
    select ${at}::timestamptz as time, ${at}::timestamptz + interval '456 microseconds' as finer,
      jsonb_build_object('at', hub.iso_time(${at}::timestamptz + interval '456 microseconds')) as inside,
      hub.iso_time(null) as none, 'infinity'::timestamptz as never`
  await sql.end({ timeout: 1 })
  expect(row).toEqual({ time: at, finer: at, inside: { at }, none: null, never: 'infinity' })
})
