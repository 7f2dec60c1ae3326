import { beforeEach, expect, test } from 'vitest'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { findEvents } from '../../../src/journal/records/deliveries.ts'
import { newEvent, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

const about = (data: object, people: string[]) =>
  people.map((person) => newEvent({ kind: 'on', person, externalId: `uuid#${person}`, data: data as { uuid: string } }))

test('a body that several events share is stored once, and each of them is read with it (attack 2)', async () => {
  const data = { uuid: 'uuid', pad: 'x'.repeat(10_000) }
  await ingest(sql, [about(data, ['a', 'b', 'c'])])
  expect(await sql`select 1 from hub.event where data is not null`).toHaveLength(1)
  expect(await sql`select 1 from hub.event where part_of is not null`).toHaveLength(2)
  expect((await findEvents(sql, 'uuid#c'))[0]?.data).toEqual(data)
  const lanes = await claim(sql, { limit: 10, leaseSeconds: 30 })
  expect(lanes.flatMap(({ deliveries }) => deliveries.map(({ event }) => event.data))).toEqual([data, data, data])
})

test('a shared body stands with the first event that is new, where the first one was recorded before (attack 2)', async () => {
  await ingest(sql, [about({ uuid: 'uuid', version: 1 }, ['a'])])
  const second = { uuid: 'uuid', version: 2 }
  expect(await ingest(sql, [about(second, ['a', 'b', 'c'])])).toMatchObject([{ recorded: 2, duplicates: 1 }])
  for (const person of ['b', 'c']) expect((await findEvents(sql, `uuid#${person}`))[0]?.data).toEqual(second)
  expect((await findEvents(sql, 'uuid#a'))[0]?.data).toEqual({ uuid: 'uuid', version: 1 })
})

test('a shared body stays whole when another request of the same batch has its first event (attack 2)', async () => {
  const mine = { uuid: 'uuid', version: 2 }
  await ingest(sql, [about({ uuid: 'uuid', version: 1 }, ['a']), about(mine, ['a', 'b', 'c'])])
  for (const person of ['b', 'c']) expect((await findEvents(sql, `uuid#${person}`))[0]?.data).toEqual(mine)
})

test('a shared body that PostgreSQL refuses is kept as bytes once (attack 2)', async () => {
  await ingest(sql, [about({ uuid: 'uuid', odd: '\u0000' }, ['a', 'b'])])
  expect(await sql`select 1 from hub.event where raw is not null`).toHaveLength(1)
  expect(await sql`select 1 from hub.event where part_of is not null`).toHaveLength(1)
})
