import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { claim, claimNamed } from '../../../src/journal/queue/claim.ts'
import { findSecondsUntilDue, makeAllRooms } from '../../../src/journal/queue/due-lanes.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { pause } from '../../../src/journal/queue/pause.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { laneOf, newEvent, settlementOf, wipe } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => wipe(sql))

const people = ['00u1', '00u2', '00u3']
const lanes = people.map((about) => laneOf({ about }))
const record = () => ingest(sql, [people.map((person) => newEvent({ person }))])
const take = (keys: readonly string[], options: Partial<Parameters<typeof claimNamed>[1]> = {}) =>
  claimNamed(sql, { keys, limit: 10, leaseSeconds: 30, ...options })
const keysOf = (claimed: readonly { key: string }[]) => claimed.map(({ key }) => key).sort()

test('it takes the named lanes with what waits in them, and no others', async () => {
  await record()
  const [first = '', second = '', third = ''] = lanes
  const taken = await take([first, second, 'auth0/okta/nobody'])
  expect(keysOf(taken)).toEqual([first, second])
  expect(taken[0]).toMatchObject({ denial: true, probe: false, takenOver: false, deliveries: [{ due: true }] })
  expect(keysOf(await claim(sql, { limit: 10, leaseSeconds: 30 }))).toEqual([third])
})

test('it leaves what is not due yet, and what another worker holds, until that one’s lease is over', async () => {
  await record()
  const [first = '', second = '', third = ''] = lanes
  await sql`update hub.lane set next_at = now() + interval '1 hour' where key = ${first}`
  expect(await take([second], { leaseSeconds: 0.2 })).toHaveLength(1)
  expect(keysOf(await take(lanes))).toEqual([third])
  await sleep(250)
  expect(await take(lanes)).toMatchObject([{ key: second, takenOver: true, epoch: 2 }])
})

test.each(['auth0', 'okta'])('it leaves what waits for the pause of %s', async (id) => {
  await record()
  await pause(sql, { id, reason: '401', probeSeconds: 0 })
  expect(await take(lanes)).toEqual([])
})

test('it keeps to the rooms: of a connector, for what is no denial, and of an authority that does not answer', async () => {
  await ingest(sql, [
    [
      newEvent({ person: '00u1', hint: 'neutral' }),
      newEvent({ person: '00u2', hint: 'neutral' }),
      newEvent({ person: '00u3', hint: 'deny' }),
    ],
  ])
  const rooms = makeAllRooms(10)
  expect(await take(lanes, { rooms: { ...rooms, connectors: [{ id: 'auth0', room: 0 }] } })).toEqual([])
  expect(await take(lanes, { rooms: { ...rooms, authorities: [{ id: 'okta', room: 0 }] } })).toEqual([])
  // The denial first, though it came last.
  expect(keysOf(await take(lanes, { rooms: { ...rooms, share: 1 } }))).toEqual([lanes[2]])
  expect(await take(lanes, { rooms: { ...rooms, routine: 1 } })).toHaveLength(1)
})

test('of many that ask at once, each lane goes to one', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `00u${i}`)
  await ingest(sql, [many.map((person) => newEvent({ person }))])
  const keys = many.map((about) => laneOf({ about }))
  const all = await Promise.all(Array.from({ length: 8 }, () => take(keys.toReversed(), { limit: 40 })))
  expect(all.flat()).toHaveLength(40)
  expect(new Set(keysOf(all.flat())).size).toBe(40)
})

test('when the next lane falls due is told, or that none does', async () => {
  expect(await findSecondsUntilDue(sql, 60)).toBeNull()
  await ingest(sql, [[newEvent({ person: '00u1' })]])
  expect(await findSecondsUntilDue(sql, 60)).toBe(0)
  const [lane] = await take([lanes[0] ?? ''])
  if (!lane) throw new Error('No lane was taken.')
  await settle(sql, settlementOf(lane, { each: { status: 'pending', waitSeconds: 20 } }))
  expect(await findSecondsUntilDue(sql, 60)).toBeGreaterThan(15)
  expect(await findSecondsUntilDue(sql, 10)).toBeNull()
})
