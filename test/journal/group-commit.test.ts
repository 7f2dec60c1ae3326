import postgres from 'postgres'
import { beforeEach, expect, test } from 'vitest'
import { groupCommit } from '../../src/journal/group-commit.ts'
import { newEvent, wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(() => wipe(sql))

/** How many transactions wrote the events: rows of one transaction have one xmin. */
const transactions = async () => Number((await sql`select count(distinct xmin::text) from hub.event`)[0]?.count)

test('requests that come at once share transactions, and each is told of its own events', async () => {
  const ingest = groupCommit(sql)
  const results = await Promise.all(
    Array.from({ length: 60 }, (_, i) => ingest([newEvent({ person: `00u${i}` }), newEvent({ externalId: 'same' })])),
  )
  expect(results.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(61)
  expect(results.every(({ recorded, duplicates }) => recorded + duplicates === 2)).toBe(true)
  expect(await transactions()).toBeLessThanOrEqual(6)
})

test('a lone request goes at once, and the next while it is still under way', async () => {
  const blocker = postgres({ ...db.connection, max: 1, onnotice: () => {} })
  const ingest = groupCommit(sql)
  await ingest([newEvent({ person: '00held' })])
  let slow: Promise<unknown> | undefined
  await blocker.begin(async (tx) => {
    await tx`select 1 from hub.lane for update`
    slow = ingest([newEvent({ person: '00held' })])
    expect(await ingest([newEvent({ person: '00free' })])).toEqual({ recorded: 1, duplicates: 0 })
  })
  expect(await slow).toEqual({ recorded: 1, duplicates: 0 })
  await blocker.end()
})

test('a group is at most so many events, but a larger request is not cut', async () => {
  const ingest = groupCommit(sql, { inFlight: 1, maxEvents: 10 })
  const many = Array.from({ length: 25 }, () => newEvent())
  await Promise.all([ingest([newEvent()]), ingest(many), ...Array.from({ length: 20 }, () => ingest([newEvent()]))])
  expect(await transactions()).toBe(4)
})

test('a body that PostgreSQL refuses refuses none of those who share its transaction', async () => {
  const ingest = groupCommit(sql, { inFlight: 1 })
  const bodies = [{}, { fine: 1 }, { odd: '\u0000' }, { fine: 2 }, { odd: '\ud800' }]
  const results = await Promise.all(bodies.map((data) => ingest([newEvent({ data })])))
  expect(results).toEqual(Array(5).fill({ recorded: 1, duplicates: 0 }))
  expect(await sql`select 1 from hub.event where raw is not null`).toHaveLength(2)
})

test('a group that fails rejects its own requests only, and the next one commits', async () => {
  const ingest = groupCommit(sql, { inFlight: 1 })
  await sql`alter table hub.event rename to elsewhere`
  const failing = ingest([newEvent({ externalId: 'lost' })])
  const rejected = expect(failing).rejects.toThrow(/does not exist/)
  await rejected
  await sql`alter table hub.elsewhere rename to event`
  expect(await ingest([newEvent({ externalId: 'lost' })])).toEqual({ recorded: 1, duplicates: 0 })
})
