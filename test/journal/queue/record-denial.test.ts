import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { FencedOutError } from '../../../src/core/errors.ts'
import type { Access, PersonState } from '../../../src/core/person.ts'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { makeRecordDenial } from '../../../src/journal/queue/record-denial.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { until } from '../../support/eventually.ts'
import { laneOf, newEvent, personIdOf, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const other = postgres({ ...db.connection, max: 1, connection: { application_name: 'other' }, onnotice: () => {} })

const authorityId = '00u1'
const person = personIdOf('okta', authorityId)
const relayLane = laneOf({ connector: 'relay', about: authorityId })

beforeEach(() => wipe(sql))
afterAll(() => other.end({ timeout: 5 }))

const second = (n: number) => new Date(Date.UTC(2026, 4, 1, 8, 0, n)).toISOString()

function stateOf(access: Access, readAt: string): PersonState {
  const status = access === 'deny' ? 'DEPROVISIONED' : 'ACTIVE'
  return { authorityId, status, access, statusChangedAt: second(0), emails: [], logins: [], readAt }
}

/** What tells of it; where a connector hears it, with a delivery in the person's own lane there. */
const makeNews = (isHeard = true) => {
  const facts = { source: 'hub', type: 'hub.person.denied', hint: 'neutral', kind: 'on', connector: 'relay' } as const
  const { deliveries, ...event } = newEvent({ ...facts, person: authorityId })
  const known = { id: person, source: 'okta', authorityId }
  return { ...event, person: known, deliveries: isHeard ? deliveries.map((one) => ({ ...one, lane: relayLane })) : [] }
}

const recorders = new Map([sql, other].map((by) => [by, makeRecordDenial(by)]))

const record = (
  { key, epoch }: Pick<ClaimedLane, 'key' | 'epoch'>,
  { readAt = second(1), by = sql, isHeard = true }: { readAt?: string; by?: typeof sql; isHeard?: boolean } = {},
) => recorders.get(by)?.({ person, state: stateOf('deny', readAt), lane: { key, epoch }, event: makeNews(isHeard) })

async function claimOne(leaseSeconds = 30): Promise<ClaimedLane> {
  const [lane] = await claim(sql, { limit: 1, leaseSeconds })
  if (!lane) throw new Error('No lane was due')
  return lane
}

const readPerson = async () => {
  const [row] = await sql`
    select denied_at is not null as denied, state ->> 'access' as access,
      (select count(*)::int from hub.event where type = 'hub.person.denied') as told,
      (select count(*)::int from hub.delivery where connector = 'relay') as deliveries
    from hub.person where id = ${person}`
  return row
}

describe.each([
  { what: 'that a connector hears', isHeard: true },
  { what: 'that no connector hears', isHeard: false },
])('a denial $what', ({ isHeard }) => {
  test('marks the person, tells of it and routes it, once', async () => {
    await ingest(sql, [[newEvent({ person: authorityId })]])
    const lane = await claimOne()
    expect(await record(lane, { isHeard })).toBe(true)
    expect(await record(lane, { readAt: second(2), isHeard })).toBe(false)
    expect(await readPerson()).toEqual({ denied: true, access: 'deny', told: 1, deliveries: isHeard ? 1 : 0 })
  })

  test('of two at the same moment one tells of it', async () => {
    await ingest(sql, [[newEvent({ person: authorityId })]])
    const lane = await claimOne()
    const told = await Promise.all([1, 2, 3, 4].map(() => record(lane, { isHeard })))
    expect(told.filter(Boolean)).toHaveLength(1)
    expect(await readPerson()).toMatchObject({ denied: true, told: 1, deliveries: isHeard ? 1 : 0 })
  })

  test('an older read does not mark whom a newer one has let in', async () => {
    await ingest(sql, [[newEvent({ person: authorityId })], [newEvent({ person: authorityId, connector: 'vault' })]])
    const [one, two] = await claim(sql, { limit: 2, leaseSeconds: 30 })
    if (!one || !two) throw new Error('Two lanes are due')
    await settle(sql, settlementOf(two, { person: { id: person, state: stateOf('allow', second(5)) } }))
    expect(await record(one, { readAt: second(3), isHeard })).toBe(false)
    expect(await readPerson()).toEqual({ denied: false, access: 'allow', told: 0, deliveries: 0 })
  })

  test('an older read that lets in does not take the mark away when it is settled later', async () => {
    await ingest(sql, [[newEvent({ person: authorityId })], [newEvent({ person: authorityId, connector: 'vault' })]])
    const [one, two] = await claim(sql, { limit: 2, leaseSeconds: 30 })
    if (!one || !two) throw new Error('Two lanes are due')
    expect(await record(one, { readAt: second(3), isHeard })).toBe(true)
    await settle(sql, settlementOf(two, { person: { id: person, state: stateOf('allow', second(2)) } }))
    expect(await readPerson()).toMatchObject({ denied: true, access: 'deny' })
    await settle(sql, settlementOf(one, { person: { id: person, state: stateOf('allow', second(6)) } }))
    expect(await readPerson()).toMatchObject({ denied: false, access: 'allow' })
  })

  test('a worker whose lease was lost writes nothing', async () => {
    await ingest(sql, [[newEvent({ person: authorityId })]])
    const lost = await claimOne(0.01)
    await sleep(30)
    await claimOne()
    await expect(record(lost, { readAt: second(9), isHeard })).rejects.toThrow(FencedOutError)
    expect(await readPerson()).toEqual({ denied: false, access: null, told: 0, deliveries: 0 })
  })

  test('words that PostgreSQL refuses are recorded without them', async () => {
    const state = { ...stateOf('deny', second(1)), status: 'GONE\0\ud800' }
    const event = { ...makeNews(isHeard), data: { status: state.status } }
    await ingest(sql, [[newEvent({ person: authorityId })]])
    expect(await makeRecordDenial(sql)({ person, state, lane: await claimOne(), event })).toBe(true)
    expect(await readPerson()).toMatchObject({ denied: true, told: 1 })
  })
})

test('many that are read at the same moment are written by one statement, and one that lost its lease spoils none', async () => {
  const others = Array.from({ length: 12 }, (_, i) => `00u${i}`)
  await ingest(sql, [others.map((one) => newEvent({ person: one }))])
  const lanes = await claim(sql, { limit: 20, leaseSeconds: 30 })
  const recordDenial = makeRecordDenial(sql)
  const told = await Promise.allSettled(
    lanes.map(({ key, epoch, person: who }, i) => {
      const { id = '', authorityId: about = '' } = who ?? {}
      const event = { ...newEvent({ source: 'hub', type: 'hub.person.denied', person: about }), deliveries: [] }
      const state = { ...stateOf('deny', second(1)), authorityId: about }
      return recordDenial({ person: id, state, lane: { key, epoch: i === 5 ? epoch - 1 : epoch }, event })
    }),
  )
  expect(told.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))).toEqual(
    lanes.map((_, i) => (i === 5 ? expect.any(FencedOutError) : true)),
  )
  const [row] = await sql`select count(*) filter (where denied_at is not null)::int as denied,
    (select count(*)::int from hub.event where type = 'hub.person.denied' and trusted and external_id = id) as told,
    (select count(distinct xmin::text)::int from hub.event where type = 'hub.person.denied') as transactions
    from hub.person`
  expect(row).toEqual({ denied: 11, told: 11, transactions: 1 })
})

test('waits for a lane of the event before it locks the person, as a settlement does', async () => {
  await ingest(sql, [[newEvent({ person: authorityId })], [newEvent({ person: authorityId, connector: 'relay' })]])
  const lanes = await claim(sql, { limit: 2, leaseSeconds: 30 })
  const lane = lanes.find(({ connector }) => connector === 'auth0')
  if (!lane) throw new Error('The lane is due')
  let recording: Promise<boolean> | undefined
  await sql.begin(async (tx) => {
    await tx`select 1 from hub.lane where key = ${relayLane} for update`
    recording = record(lane, { by: other })
    await until(async () => {
      const waits = await sql`select 1 from pg_stat_activity
        where datname = current_database() and application_name = 'other' and wait_event_type = 'Lock'`
      return waits.length > 0
    })
    await tx`select 1 from hub.person where id = ${person} for no key update nowait`
  })
  expect(await recording).toBe(true)
})

const deadlocks = async () => {
  // A backend tells its numbers at most once a second.
  await sleep(1200)
  const [row] = await sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`
  return row?.n
}

test.each([{ isHeard: true }, { isHeard: false }])(
  'deadlocks with neither settlements of the person’s lanes nor news of the person (heard: $isHeard)',
  async ({ isHeard }) => {
    const before = await deadlocks()
    const news = () => ['auth0', 'relay'].map((connector) => newEvent({ person: authorityId, connector }))
    for (let round = 0; round < 30; round++) {
      await ingest(sql, [news()])
      const lanes = await claim(sql, { limit: 4, leaseSeconds: 30 })
      const lane = lanes.find(({ connector }) => connector === 'auth0')
      if (!lane) throw new Error('The lane is due')
      const state = stateOf(round % 2 === 0 ? 'deny' : 'allow', second(round))
      await Promise.all([
        record(lane, { readAt: second(round), isHeard })?.catch((thrown) => {
          if (!(thrown instanceof FencedOutError)) throw thrown
        }),
        ...lanes.map((one) => settle(sql, settlementOf(one, { person: { id: person, state } }))),
        ...[1, 2, 3].map(() => ingest(sql, [news()])),
      ])
    }
    expect(await deadlocks()).toBe(before)
  },
  120_000,
)
