import { setImmediate, setTimeout } from 'node:timers/promises'
import postgres from 'postgres'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Ingest, makeGroupCommit } from '../../../src/journal/queue/group-commit.ts'
import { newEvent, personIdOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(() => wipe(sql))

/** How many transactions wrote the events: rows of one transaction have one xmin. */
const transactions = async () => Number((await sql`select count(distinct xmin::text) from hub.event`)[0]?.count)

test('requests that come at once share transactions, and each is told of its own events', async () => {
  const ingest = makeGroupCommit(sql)
  const results = await Promise.all(
    Array.from({ length: 60 }, (_, i) => ingest([newEvent({ person: `00u${i}` }), newEvent({ externalId: 'same' })])),
  )
  expect(results.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(61)
  expect(results.every(({ recorded, duplicates }) => recorded + duplicates === 2)).toBe(true)
  expect(await transactions()).toBeLessThanOrEqual(6)
})

test('a lone request goes at once, and the next while it is still under way', async () => {
  const blocker = postgres({ ...db.connection, max: 1, onnotice: () => {} })
  const ingest = makeGroupCommit(sql)
  await ingest([newEvent({ person: '00held' })])
  let slow: Promise<unknown> | undefined
  await blocker.begin(async (tx) => {
    await tx`select 1 from hub.lane for update`
    slow = ingest([newEvent({ person: '00held' })])
    await setImmediate()
    expect(await ingest([newEvent({ person: '00free' })])).toMatchObject({ recorded: 1, duplicates: 0 })
  })
  expect(await slow).toMatchObject({ recorded: 1, duplicates: 0 })
  await blocker.end()
})

test('requests that arrive in one turn of the event loop leave together', async () => {
  const ingest = makeGroupCommit(sql)
  await Promise.all(Array.from({ length: 15 }, (_, i) => ingest([newEvent({ person: `00u${i}` })])))
  expect(await transactions()).toBe(1)
})

describe('beside a group that waits for a lock', () => {
  const blocked = async (
    beside: { least: number; afterMs: number },
    work: (ingest: Ingest, isDone: () => boolean) => Promise<void>,
  ) => {
    const blocker = postgres({ ...db.connection, max: 1, onnotice: () => {} })
    const ingest = makeGroupCommit(sql, { beside })
    await ingest([newEvent({ person: '00held' })])
    let done = false
    let slow: Promise<unknown> | undefined
    await blocker.begin(async (tx) => {
      await tx`select 1 from hub.lane where person = ${personIdOf('okta', '00held')} for update`
      slow = ingest([newEvent({ person: '00held' })]).finally(() => {
        done = true
      })
      await setImmediate()
      await work(ingest, () => done)
    })
    expect(await slow).toMatchObject({ recorded: 1, duplicates: 0 })
    await blocker.end()
  }

  test('another leaves once it carries as many as are worth it', () =>
    blocked({ least: 3, afterMs: 3_600_000 }, async (ingest, isDone) => {
      const free = [1, 2, 3].map((i) => ingest([newEvent({ person: `00free${i}` })]))
      await Promise.all(free)
      expect(isDone()).toBe(false)
    }))

  test('fewer wait for it, and leave when it ends', async () => {
    let free: Promise<unknown> | undefined
    await blocked({ least: 3, afterMs: 3_600_000 }, async (ingest) => {
      free = Promise.all([1, 2].map((i) => ingest([newEvent({ person: `00free${i}` })])))
      await setTimeout(200)
      expect(await sql`select 1 from hub.event where person like '%free%'`).toEqual([])
    })
    await free
    expect(await sql`select 1 from hub.event where person like '%free%'`).toHaveLength(2)
  })

  test('one leaves by itself when it has waited long enough', () =>
    blocked({ least: 3, afterMs: 5 }, async (ingest, isDone) => {
      await ingest([newEvent({ person: '00free' })])
      expect(isDone()).toBe(false)
    }))
})

test('a group is at most so many events, but a larger request is not cut', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1, maxCount: 10 })
  const many = Array.from({ length: 25 }, () => newEvent())
  await Promise.all([ingest([newEvent()]), ingest(many), ...Array.from({ length: 20 }, () => ingest([newEvent()]))])
  expect(await transactions()).toBe(4)
})

test('a body that PostgreSQL refuses refuses none of those who share its transaction', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1 })
  const bodies = [{}, { fine: 1 }, { odd: '\u0000' }, { fine: 2 }, { odd: '\ud800' }]
  const results = await Promise.all(bodies.map((data) => ingest([newEvent({ data })])))
  expect(results).toMatchObject(Array(5).fill({ recorded: 1, duplicates: 0 }))
  expect(await sql`select 1 from hub.event where raw is not null`).toHaveLength(2)
})

test('a group that fails rejects its own requests only, and the next one commits', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1 })
  await sql`alter table hub.event rename to elsewhere`
  const failing = ingest([newEvent({ externalId: 'lost' })])
  const rejected = expect(failing).rejects.toThrow(/does not exist/)
  await rejected
  await sql`alter table hub.elsewhere rename to event`
  expect(await ingest([newEvent({ externalId: 'lost' })])).toMatchObject({ recorded: 1, duplicates: 0 })
})

/** A database that does not answer until it is told to. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const blocker = postgres({ ...db.connection, max: 1, onnotice: () => {} })
  await blocker.begin(async (tx) => {
    await tx`lock table hub.event in access exclusive mode`
    await work()
  })
  await blocker.end()
}

test('what was answered meanwhile leaves the queue and is not journaled (attack 7)', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1 })
  let late: Promise<unknown>[] = []
  let first: Promise<unknown> | undefined
  await whileHeld(async () => {
    first = ingest([newEvent({ externalId: 'under-way' })])
    await setImmediate()
    const gaveUp = new AbortController()
    late = Array.from({ length: 40 }, (_, i) => ingest([newEvent({ externalId: `late${i}` })], gaveUp.signal))
    gaveUp.abort(new Error('answered 503'))
    expect(await Promise.allSettled(late)).toEqual(
      Array(40).fill({ status: 'rejected', reason: new Error('answered 503') }),
    )
  })
  await first
  await ingest([newEvent({ externalId: 'next' })])
  const ids = (await sql`select external_id from hub.event order by external_id`).map((row) => row.external_id)
  expect(ids).toEqual(['next', 'under-way'])
})

test('a request whose sender was answered before it came is not journaled (attack 7)', async () => {
  const ingest = makeGroupCommit(sql)
  await expect(ingest([newEvent()], AbortSignal.abort(new Error('answered')))).rejects.toThrow('answered')
  expect(await sql`select 1 from hub.event`).toHaveLength(0)
})

test('no more bytes wait than are allowed, and what left makes room again (attack 7)', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1, maxWaitingBytes: 10_000 })
  const large = (externalId: string) => [newEvent({ externalId, data: { pad: 'x'.repeat(4_000) } })]
  await whileHeld(async () => {
    void ingest(large('under-way'))
    await setImmediate()
    const gaveUp = new AbortController()
    const waiting = [ingest(large('a'), gaveUp.signal), ingest(large('b'), gaveUp.signal)].map((one) =>
      one.catch(() => 'withdrawn'),
    )
    await expect(ingest(large('c'))).rejects.toThrow(/bytes waiting/)
    gaveUp.abort(new Error('answered'))
    expect(await Promise.all(waiting)).toEqual(['withdrawn', 'withdrawn'])
    void ingest(large('d'))
  })
  await expect
    .poll(async () => (await sql`select external_id from hub.event order by id`).map((row) => row.external_id))
    .toEqual(['under-way', 'd'])
})

test('a group is at most so many bytes, but a larger request is not cut (attack 7)', async () => {
  const ingest = makeGroupCommit(sql, { inFlight: 1, maxBytes: 10_000 })
  const sized = (bytes: number) => ingest([newEvent({ data: { pad: 'x'.repeat(bytes) } })])
  await Promise.all([sized(50_000), ...Array.from({ length: 8 }, () => sized(4_000))])
  expect(await transactions()).toBe(5)
})
