import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OktaTenantOptions } from '../../lab/simulators/okta/server.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { type Crowd, startCrowd } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { type HubOptions, oktaHook, startHub, type TestHub, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const file = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const hubs: TestHub[] = []
let crowd: Crowd

beforeEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.source, hub.verification`
})
afterEach(async () => {
  crowd.okta.calm()
  crowd.auth0.calm()
  await Promise.all(hubs.splice(0).map(async (hub) => hub[Symbol.asyncDispose]()))
  await crowd.close()
})

async function people(size: number, okta: OktaTenantOptions = {}): Promise<void> {
  crowd = await startCrowd(size, { okta })
}

/** A hub that does nothing but in the slices that it is given, by the schedule of a real one. */
async function restingHub(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const settings = { HUB_BRAKE_PEOPLE: '0' }
  const upkeep = { timing: { ...defaultUpkeepTiming, leaseSeconds: 1 } }
  const hub = await startHub({ db, tenants: crowd, settings, runs: false, upkeep, ...options })
  hubs.push(hub)
  for (const one of hub.installed) await one.client()
  return hub
}

/** A database on which a hub began some time ago, so that there is something to make good. */
async function beganLongAgo(seconds: number): Promise<void> {
  await (await restingHub()).upkeep.runSlice({ seconds: 20 })
  await passTime(db.sql, seconds)
}

const listings = () => crowd.okta.calls.filter(({ path }) => /^\/api\/v1\/users(\?|$)/.test(path))
const source = async () => (await hubs[0]?.journal.records.readSources(['okta']))?.[0]
const queuedPeople = async () =>
  (
    await db.sql<{ id: string }[]>`
    select distinct p.authority_id as id from hub.event e join hub.person p on p.id = e.person
    where e.type = 'hub.resync' order by 1`
  ).map(({ id }) => id)
const deactivateAll = () => crowd.ids.forEach((id) => void crowd.okta.users.transition(id, 'deactivate'))
const day = 24 * 60 * 60

describe('upkeep in slices', () => {
  test('begins here on an empty database, and the next slices list nobody before the interval is over', async () => {
    await people(3)
    crowd.okta.users.transition(crowd.ids[0] ?? '', 'deactivate')
    const hub = await restingHub()
    for (let i = 0; i < 3; i++) await hub.upkeep.runSlice({ seconds: 20 })
    // Another process has no start of its own to resync at.
    await (await restingHub()).upkeep.runSlice({ seconds: 20 })
    expect(listings()).toEqual([])
    expect((await source())?.resyncedTo).not.toBeNull()
    await passTime(db.sql, 16 * 60)
    await hub.upkeep.runSlice({ seconds: 20 })
    expect(listings()).toHaveLength(1)
    await hub.drain.work({ lanes: [], seconds: 20 })
    expect(crowd.locked()).toEqual([crowd.ids[0]])
  })

  test('a resync that no slice suffices for goes on where it stopped, in whatever process, and queues everybody once', async () => {
    await people(40, { pageSize: 4 })
    await beganLongAgo(2 * 60 * 60)
    deactivateAll()
    crowd.okta.misbehave({ path: /users$/, method: 'GET', delayMs: 150 })
    const both = [await restingHub(), await restingHub()]
    let slices = 0
    while (((await source())?.listingSince ?? null) !== null || slices === 0) {
      await both[slices % 2]?.upkeep.runSlice({ seconds: 0.6 })
      slices++
      expect(slices).toBeLessThan(40)
    }
    expect(slices).toBeGreaterThan(2)
    expect(await queuedPeople()).toEqual(crowd.ids)
    // Ten pages, and the one at which a slice was cut off once more.
    expect(listings().length).toBeLessThanOrEqual(10 + slices)
    await both[0]?.drain.work({ lanes: [], seconds: 30 })
    expect(crowd.locked()).toEqual(crowd.ids)
  })

  test('of two processes at once one resyncs and compares, and both end', async () => {
    await people(12, { pageSize: 3 })
    await beganLongAgo(2 * day)
    deactivateAll()
    const both = [await restingHub(), await restingHub()]
    crowd.okta.misbehave({ path: /users$/, method: 'GET', delayMs: 50 })
    await Promise.all(both.map(({ upkeep }) => upkeep.runSlice({ seconds: 30 })))
    // Four pages of who changed, and four of the comparison.
    expect(listings()).toHaveLength(8)
    const events = await db.sql`select 1 from hub.event where type = 'hub.resync'`
    expect(events).toHaveLength(12)
  })

  test('a process that is killed in a resync is followed behind its last page, after its lease', async () => {
    await people(12, { pageSize: 3 })
    await beganLongAgo(2 * 60 * 60)
    deactivateAll()
    crowd.okta.misbehave({ path: /users$/, method: 'GET', delayMs: 300 })
    const [dying, other] = [await restingHub(), await restingHub()]
    const last = dying.upkeep.runSlice({ seconds: 30 })
    await eventually(async () =>
      expect(await db.sql`select 1 from hub.listing where position is not null`).toHaveLength(1),
    )
    await dying.sql.end({ timeout: 0 })
    await last
    await other.upkeep.runSlice({ seconds: 5 })
    await sleep(1100)
    await other.upkeep.runSlice({ seconds: 30 })
    expect(await queuedPeople()).toEqual(crowd.ids)
    expect(listings().filter(({ query }) => query.after === undefined)).toHaveLength(1)
    expect((await source())?.listingSince).toBeNull()
  })

  test('a listing that fails for long is alerted once it was tried for three intervals, and not before', async () => {
    await people(2)
    await beganLongAgo(3 * day)
    const hub = await restingHub()
    crowd.okta.misbehave({ path: /users$/, method: 'GET', status: 403 })
    await hub.upkeep.runSlice({ seconds: 2 })
    expect(await hub.alerts()).toEqual([])
    await passTime(db.sql, 46 * 60)
    await hub.upkeep.runSlice({ seconds: 2 })
    expect(await hub.alerts()).toEqual(['hub.alert.resync_overdue'])
    const since = await db.sql`select since < now() - interval '2 days' as early from hub.listing`
    expect(since).toMatchObject([{ early: true }])
  })

  test('over before it begins, it only ends', async () => {
    await people(1)
    const hub = await restingHub()
    await hub.upkeep.runSlice({ seconds: 20, signal: AbortSignal.abort(new Error('The invocation is over.')) })
    expect(await db.sql`select 1 from hub.source`).toHaveLength(0)
  })

  test('a journal that is gone makes it fail in the log alone', async () => {
    await people(1)
    const hub = await restingHub()
    await hub.sql.end({ timeout: 0 })
    await hub.upkeep.runSlice({ seconds: 5 })
  })
})

describe('what one process does at a time', () => {
  const watching = () =>
    restingHub({
      upkeep: { resync: false, verify: { searchDays: 90 }, file, timing: { ...defaultUpkeepTiming, leaseSeconds: 1 } },
    })
  const setupLooks = () => crowd.auth0.calls.filter(({ path }) => path.includes('/actions')).length

  test('what connectors rest on is looked at once an hour, by one of two', async () => {
    await people(1)
    const both = [await watching(), await watching()]
    await Promise.all(both.map(({ upkeep }) => upkeep.runSlice({ seconds: 20 })))
    const once = setupLooks()
    expect(once).toBeGreaterThan(0)
    await both[1]?.upkeep.runSlice({ seconds: 20 })
    expect(setupLooks()).toBe(once)
    await passTime(db.sql, 61 * 60)
    await Promise.all(both.map(({ upkeep }) => upkeep.runSlice({ seconds: 20 })))
    expect(setupLooks()).toBe(2 * once)
  })

  test('a process that is killed at that look is followed after its lease', async () => {
    await people(1)
    const hub = await watching()
    await hub.journal.records.beginChore({ name: 'setup auth0', leaseSeconds: 0.5 })
    await hub.upkeep.runSlice({ seconds: 20 })
    expect(setupLooks()).toBe(0)
    await sleep(600)
    await hub.upkeep.runSlice({ seconds: 20 })
    expect(setupLooks()).toBeGreaterThan(0)
  })

  test('looks that are due are queued once by two, and by the other when one died before it queued them', async () => {
    // As many as the background's part of a rate limit that no answer has named allows at once.
    await people(3)
    const both = [await watching(), await watching()]
    const events = crowd.ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId }))
    deactivateAll()
    await both[0]?.post(oktaHook(events))
    await both[0]?.drain.work({ lanes: [], seconds: 30 })
    const looks = () => db.sql`select 1 from hub.event where type = 'hub.verify.ids'`
    await passTime(db.sql, 2 * day)
    await Promise.all(both.map(({ upkeep }) => upkeep.runSlice({ seconds: 20 })))
    expect(await looks()).toHaveLength(3)
    await both[1]?.drain.work({ lanes: [], seconds: 30 })
    await passTime(db.sql, 2 * day)
    // It takes them, and dies before it journals a look.
    const records = both[0]?.journal.records
    const again = { againSeconds: 900, limit: 20, searchDays: 90 }
    expect(await records?.claimVerifications({ connector: 'auth0', ...again })).toHaveLength(3)
    // A hub that has not used its part of the limits.
    const other = await watching()
    await other.upkeep.runSlice({ seconds: 20 })
    expect(await looks()).toHaveLength(3)
    await passTime(db.sql, 1000)
    await other.upkeep.runSlice({ seconds: 20 })
    expect(await looks()).toHaveLength(6)
  })

  test('a sender that another process heard is not silent', async () => {
    await people(1)
    const timing = { ...defaultUpkeepTiming, leaseSeconds: 1 }
    const listening = () => restingHub({ upkeep: { resync: false, silenceHours: 24, timing } })
    const [hearing, keeping] = [await listening(), await listening()]
    await keeping.upkeep.runSlice({ seconds: 20 })
    await passTime(db.sql, 2 * day)
    await hearing.post(oktaHook([]))
    await hearing.upkeep.noteHeard()
    await keeping.upkeep.runSlice({ seconds: 20 })
    expect(await keeping.alerts()).toEqual([])
    await passTime(db.sql, 2 * day)
    await keeping.upkeep.runSlice({ seconds: 20 })
    expect(await keeping.alerts()).toEqual(['hub.alert.silent_source'])
  })
})
