import { beforeEach, expect, test } from 'vitest'
import {
  beginResync,
  endResync,
  readSources,
  recordHeartbeat,
  renewResync,
} from '../../../src/journal/records/source.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

beforeEach(() => sql`truncate hub.source`)

const read = async () => (await readSources(sql, ['okta']))[0]

async function begin() {
  const begun = await beginResync(sql, { id: 'okta', leaseSeconds: 30 })
  if (!begun) throw new Error('somebody else is at it')
  return begun
}

test('a recordHeartbeat tells what was known before it', async () => {
  const [before] = await recordHeartbeat(sql, [{ id: 'okta', heardSecondsAgo: null }])
  expect(before).toMatchObject({ id: 'okta', aliveAt: null, heardAt: null, resyncedTo: null })
  const [after] = await recordHeartbeat(sql, [{ id: 'okta', heardSecondsAgo: null }])
  expect(after?.aliveAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
})

test('what was heard last wins, whichever process heard it', async () => {
  await recordHeartbeat(sql, [{ id: 'okta', heardSecondsAgo: 10 }])
  const heard = (await read())?.heardAt
  await recordHeartbeat(sql, [{ id: 'okta', heardSecondsAgo: 3600 }])
  await recordHeartbeat(sql, [{ id: 'okta', heardSecondsAgo: null }])
  expect((await read())?.heardAt).toBe(heard)
})

test('only one at a time resyncs a source, and the end lets the next one in', async () => {
  const first = await begin()
  expect(await beginResync(sql, { id: 'okta', leaseSeconds: 30 })).toBeNull()
  await endResync(sql, { ...first, covered: null, comparedAt: null })
  expect((await begin()).epoch).toBe(first.epoch + 1)
})

test('a renewal that comes after the end of its resync holds up no other', async () => {
  const ended = await begin()
  await endResync(sql, { ...ended, covered: null, comparedAt: null })
  expect(await renewResync(sql, { ...ended, leaseSeconds: 30 })).toBe(false)
  expect(await beginResync(sql, { id: 'okta', leaseSeconds: 30 })).not.toBeNull()
})

test('who was taken for dead neither renews nor ends the resync of another', async () => {
  const dead = await begin()
  await sql`update hub.source set lease_until = now()`
  const alive = await begin()
  expect(await renewResync(sql, { ...dead, leaseSeconds: 30 })).toBe(false)
  await endResync(sql, { ...dead, covered: { from: null, to: dead.startedAt }, comparedAt: null })
  expect(await beginResync(sql, { id: 'okta', leaseSeconds: 30 })).toBeNull()
  expect((await read())?.resyncedTo).toBeNull()
  expect(await renewResync(sql, { ...alive, leaseSeconds: 30 })).toBe(true)
})

test.each([
  { from: '2026-05-01T00:00:00.000Z', to: '2026-05-03T00:00:00.000Z', left: '2026-05-03T00:00:00.000Z' },
  { from: null, to: '2026-05-03T00:00:00.000Z', left: '2026-05-03T00:00:00.000Z' },
  { from: '2026-05-02T12:00:00.000Z', to: '2026-05-03T00:00:00.000Z', left: '2026-05-02T00:00:00.000Z' },
])('resynced up to the 2nd of May, a listing from $from leaves it at $left', async ({ from, to, left }) => {
  const first = await begin()
  await endResync(sql, { ...first, covered: { from: null, to: '2026-05-02T00:00:00.000Z' }, comparedAt: null })
  await endResync(sql, { ...(await begin()), covered: { from, to }, comparedAt: null })
  expect((await read())?.resyncedTo).toBe(left)
})

test('a resync that failed moves nothing', async () => {
  await endResync(sql, { ...(await begin()), covered: null, comparedAt: null })
  expect(await read()).toMatchObject({ resyncedTo: null, comparedAt: null })
})
