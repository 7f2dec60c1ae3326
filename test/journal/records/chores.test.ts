import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { beginChore, endChore, makeChoresDue, noteUpkeep } from '../../../src/journal/records/chores.ts'
import { testDatabase } from '../../support/postgres.ts'
import { passTime } from '../../support/time.ts'

const { sql } = await testDatabase()

beforeEach(() => sql`truncate hub.chore`)

const begin = (leaseSeconds = 30) => beginChore(sql, { name: 'prune looks', leaseSeconds })
const begun = async () => (await begin()) ?? Promise.reject(new Error('It is not due.'))

test('of many that ask at once one gets it', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => begin()))
  expect(all.filter((one) => one !== null)).toHaveLength(1)
})

test('after its end it is due at its time, and goes on where it was', async () => {
  await endChore(sql, { ...(await begun()), state: 'per_7' }, { dueInSeconds: 60 })
  expect(await begin()).toBeNull()
  await passTime(sql, 61)
  expect(await begin()).toMatchObject({ state: 'per_7', epoch: 2 })
})

test('who dies at it is followed after the lease, and ends nothing when it wakes up', async () => {
  const dead = await begin(0.2)
  expect(await begin()).toBeNull()
  await sleep(250)
  expect(await begin()).toMatchObject({ epoch: 2 })
  if (dead) await endChore(sql, { ...dead, state: 'lost' }, { dueInSeconds: 0 })
  expect(await begin()).toBeNull()
  expect(await sql`select state from hub.chore`).toMatchObject([{ state: null }])
})

test('it can be made due early, but not while a process is at it', async () => {
  await endChore(sql, await begun(), { dueInSeconds: 3600 })
  await makeChoresDue(sql, ['prune looks', 'another'])
  expect(await begin()).not.toBeNull()
  await makeChoresDue(sql, ['prune looks'])
  expect(await begin()).toBeNull()
})

test('for how long upkeep is done is counted from the end of the last gap', async () => {
  expect(await noteUpkeep(sql, { gapSeconds: 600 })).toBeLessThan(1)
  for (let i = 0; i < 3; i++) {
    // Of its times only the last one moves with `passTime`: where it goes on is a text.
    await sql`update hub.chore set state = (state::timestamptz - interval '9 minutes')::text, due_at = due_at - interval '9 minutes'`
    await noteUpkeep(sql, { gapSeconds: 600 })
  }
  expect(await noteUpkeep(sql, { gapSeconds: 600 })).toBeGreaterThan(26 * 60)
  await passTime(sql, 11 * 60)
  expect(await noteUpkeep(sql, { gapSeconds: 600 })).toBeLessThan(1)
})
