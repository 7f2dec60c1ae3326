import { beforeEach, describe, expect, test } from 'vitest'
import { claim } from '../../../src/journal/queue/claim.ts'
import { makeAllRooms, type Rooms, readSecondsUntilDue } from '../../../src/journal/queue/due-lanes.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

type Facts = Parameters<typeof newEvent>[0]
const bring = (...events: Facts[]) => ingest(sql, [events.map((facts) => newEvent(facts))])
const routine = (person: string, facts: Facts = {}): Facts => ({ person, hint: 'neutral', ...facts })
const readBefore = () => sql`update hub.lane set unread = false`

const claimed = async (limit: number, rooms: Partial<Rooms> = {}) => {
  const lanes = await claim(sql, { limit, leaseSeconds: 30, rooms: { ...makeAllRooms(limit), ...rooms } })
  return lanes.map(({ key }) => key.replace('/okta/', ' ')).sort()
}

/** Each a little later than the one before. */
async function bringInOrder(...events: Facts[]): Promise<void> {
  for (const facts of events) await bring(facts)
}

describe('what is claimed', () => {
  test('is a due denial before all that waits longer, across people (attack 6)', async () => {
    await bringInOrder(...['1', '2', '3'].map((person) => routine(person)), { person: '4' }, { person: '5' })
    await readBefore()
    expect(await claimed(1)).toEqual(['auth0 4'])
    expect(await claimed(2)).toEqual(['auth0 1', 'auth0 5'])
  })

  test('is one of the longest waiting among four, however many denials wait (attack 6)', async () => {
    await bringInOrder(routine('1'), ...['2', '3', '4', '5', '6'].map((person) => ({ person })), routine('7'))
    await readBefore()
    expect(await claimed(4, { routineFirst: 1 })).toEqual(['auth0 1', 'auth0 2', 'auth0 3', 'auth0 4'])
  })

  test('leaves places for denials when there is no more room for others (attack 6)', async () => {
    await bringInOrder(...['1', '2', '3'].map((person) => routine(person)))
    expect(await claimed(3, { routine: 1 })).toEqual(['auth0 1'])
    expect(await claimed(3, { routine: 0 })).toEqual([])
    // Nor does it keep the process awake.
    expect(await readSecondsUntilDue(sql, 5, { ...makeAllRooms(3), routine: 0 })).toBe(5)
    await bring({ person: '4' })
    expect(await readSecondsUntilDue(sql, 5, { ...makeAllRooms(3), routine: 0 })).toBe(0)
    expect(await claimed(3, { routine: 0 })).toEqual(['auth0 4'])
  })

  test('is no more of one connector than its share, whatever waits for it (attack 1)', async () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ person: `${i}`, connector: 'relay', kind: 'on' as const }))
    await bring(...many)
    await bring(routine('1'), { person: '2' })
    const connectors = [{ id: 'relay', room: 2 }]
    const first = await claimed(8, { share: 4, connectors })
    expect(first.filter((key) => key.startsWith('relay'))).toHaveLength(2)
    expect(first.filter((key) => key.startsWith('auth0'))).toEqual(['auth0 1', 'auth0 2'])
    const full = { ...makeAllRooms(8), connectors: [{ id: 'relay', room: 0 }] }
    expect(await readSecondsUntilDue(sql, 5, full)).toBe(5)
    expect(await claimed(8, full)).toEqual([])
  })

  test('asks an authority that does not answer for one lane at a time, and what needs none goes on (attack 1)', async () => {
    await bring({ person: '1' }, { person: '2' }, { person: '3', connector: 'zendesk' })
    await bring({ person: '1', source: 'okta_eu' }, { person: '1', connector: 'relay', kind: 'on' })
    const hanging = { authorities: [{ id: 'okta', room: 1 }] }
    const one = await claimed(9, hanging)
    expect(one).toEqual(expect.arrayContaining(['auth0/okta_eu/1', 'relay 1']))
    expect(one).toHaveLength(3)
    expect(await claimed(9, { authorities: [{ id: 'okta', room: 0 }] })).toEqual([])
    expect(await claimed(9)).toHaveLength(2)
  })

  test('is known people before those whom no hub has read, denials and others each (attack 5)', async () => {
    await bringInOrder({ person: 'made-up' }, { person: 'known' }, routine('new'), routine('old'))
    await sql`update hub.lane set unread = false where key in ('auth0/okta/known', 'auth0/okta/old')`
    expect([await claimed(1), await claimed(1), await claimed(1), await claimed(1)]).toEqual([
      ['auth0 known'],
      ['auth0 made-up'],
      ['auth0 old'],
      ['auth0 new'],
    ])
  })
})

describe('when a lane has a denial due', () => {
  const marks = () =>
    sql`select deny_next_at <= now() as due, deny_next_at is null as none, deny_next_at < next_at as wrong from hub.lane`

  test('is known from the first event on, and over with its settlement (attack 6)', async () => {
    await bring(routine('00u1'))
    expect(await marks()).toMatchObject([{ none: true }])
    await bring({})
    expect(await marks()).toMatchObject([{ due: true }])
    const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
    if (!lane) throw new Error('a lane')
    expect(lane.denial).toBe(true)
    await settle(sql, settlementOf(lane, { each: { status: 'pending', waitSeconds: 60 } }))
    expect(await marks()).toMatchObject([{ due: false, wrong: false }])
    await sql`update hub.delivery set next_attempt_at = null, status = 'succeeded'`
    await sql`update hub.lane set next_at = null`
    expect(await marks()).toMatchObject([{ none: true }])
  })

  test('is not forgotten, nor put off, when something else comes', async () => {
    await bring({}, routine('00u1'))
    expect(await marks()).toMatchObject([{ due: true }])
    await bring(routine('00u1'))
    expect(await marks()).toMatchObject([{ due: true }])
    await sql`update hub.lane set next_at = now() - interval '1 hour', deny_next_at = now() - interval '1 hour'`
    await bring({})
    expect(await sql`select deny_next_at < now() - interval '59 minutes' as kept from hub.lane`).toEqual([
      { kept: true },
    ])
  })

  test('behind an earlier event of the same handler, that event is in as much of a hurry (attack 6)', async () => {
    const time = (second: number) => new Date(Date.UTC(2026, 7, 1, 10, 0, second)).toISOString()
    await bring(routine('00u1', { kind: 'on', time: time(0) }), { kind: 'on', time: time(1) })
    const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
    if (!lane) throw new Error('a lane')
    const [head] = lane.deliveries
    const first = { ...lane, deliveries: head ? [head] : [] }
    await settle(sql, settlementOf(first, { each: { status: 'pending', waitSeconds: 60 } }))
    const [row] = await sql`select deny_next_at = next_at as same, next_at > now() as waits from hub.lane`
    expect(row).toEqual({ same: true, waits: true })
  })

  test('is not left behind for ever by an older hub that computes the next time alone', async () => {
    await bring({})
    await sql`update hub.lane set next_at = now() + interval '1 minute'`
    expect(await marks()).toMatchObject([{ due: false, wrong: false }])
    await sql`update hub.lane set next_at = null`
    expect(await marks()).toMatchObject([{ none: true }])
  })
})
