import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OktaTenantOptions } from '../../lab/simulators/okta/server.ts'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { makeResyncSchedule } from '../../src/upkeep/resync-schedule.ts'
import { type Crowd, startCrowd } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { type HubOptions, startHub, type TestHub } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const never = new AbortController().signal
const full = { source: 'okta', mode: { kind: 'full' }, signal: never } as const
const compare = { source: 'okta', mode: { kind: 'compare' }, signal: never } as const

let crowd: Crowd
const hubs: TestHub[] = []

beforeEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.source`
})

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub[Symbol.asyncDispose]()))
  await crowd.close()
})

async function people(size: number, okta: OktaTenantOptions = {}): Promise<Crowd> {
  crowd = await startCrowd(size, { okta })
  return crowd
}

/** Mass changes are the brake's affair, not this file's. */
async function hub(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const started = await startHub({ db, tenants: crowd, settings: { HUB_BRAKE_PEOPLE: '0' }, ...options })
  hubs.push(started)
  return started
}

async function end(ended: TestHub): Promise<void> {
  hubs.splice(hubs.indexOf(ended), 1)
  await ended[Symbol.asyncDispose]()
}

const source = async () => (await (hubs[0] ?? (await hub())).journal.records.readSources(['okta']))[0]

const listings = () => crowd.okta.calls.filter(({ path }) => /^\/api\/v1\/users(\?|$)/.test(path)).length

describe('by itself', () => {
  test('a hub that was down while 30 people left locks all of them out when it starts', async () => {
    const { ids, locked } = await people(40, { pageSize: 7 })
    const first = await hub({ upkeep: {} })
    await eventually(async () => expect((await source())?.resyncedTo).not.toBeNull())
    await end(first)

    const leavers = ids.slice(0, 30)
    for (const id of leavers) crowd.okta.users.transition(id, 'deactivate')

    await hub({ upkeep: {} })
    await eventually(() => expect(locked()).toEqual(leavers))
  })

  test('a hub that runs for the first time locks out nobody who left before', async () => {
    const { ids, locked } = await people(3)
    crowd.okta.users.transition(ids[0] ?? '', 'deactivate')
    await hub({ upkeep: {} })
    await eventually(async () => expect((await source())?.resyncedTo).not.toBeNull())
    expect(listings()).toBe(0)
    expect(locked()).toEqual([])
  })

  test('who changes without a word is found at the next interval', async () => {
    const { ids, locked } = await people(3)
    const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, resyncEverySeconds: 0.2 }
    await hub({ upkeep: { timing } })
    await eventually(async () => expect((await source())?.resyncedTo).not.toBeNull())
    crowd.okta.users.transition(ids[1] ?? '', 'suspend')
    await eventually(() => expect(locked()).toEqual([ids[1]]))
  })

  test('a listing that fails is repeated, and nothing counts as made good meanwhile', async () => {
    const { ids, locked } = await people(2)
    await end(await beganOnce())
    crowd.okta.users.transition(ids[0] ?? '', 'deactivate')
    const calm = crowd.okta.misbehave({ path: /users$/, method: 'GET', status: 403 })
    const before = (await source())?.resyncedTo
    await hub({ upkeep: {} })
    await eventually(() => expect(listings()).toBeGreaterThan(1))
    expect((await source())?.resyncedTo).toBe(before)
    calm()
    await eventually(() => expect(locked()).toEqual([ids[0]]))
  })

  test('switched off, it lists nobody', async () => {
    await people(2)
    await end(await beganOnce())
    await hub({ upkeep: { resync: false } })
    await eventually(async () => expect((await source())?.aliveAt).not.toBeNull())
    await sleep(300)
    expect(listings()).toBe(0)
  })

  test('two hubs that start together list one after the other, not at once', async () => {
    await people(4, { pageSize: 2 })
    await end(await beganOnce())
    crowd.okta.misbehave({ path: /users$/, delayMs: 100 })
    const both = await Promise.all([hub(), hub()])
    const answers = await Promise.all(both.map((one) => one.resync(full)))
    expect(answers.filter((answer) => answer === null)).toHaveLength(1)
    expect(answers.find((answer) => answer !== null)).toMatchObject({ pages: 2, listed: 4, queued: 4 })
  })

  test('a hub that looked before another got through lists nothing again', async () => {
    await people(1)
    await end(await beganOnce())
    const { journal, resync } = await hub()
    await passTime(db.sql, 2 * 24 * 60 * 60)
    const [row] = await journal.records.readSources(['okta'])
    if (!row) throw new Error('No source')
    const needs = { journal, resync, able: ['okta'], timing: defaultUpkeepTiming, clock: systemClock, log: silentLog }
    for (let hubs = 0; hubs < 2; hubs++) await makeResyncSchedule(needs).runSlice(row, never)
    // Who changed, and the comparison.
    expect(listings()).toBe(2)
    expect(await resync(compare)).not.toBeNull()
  })

  test('a source that cannot be resynced for long is alerted once', async () => {
    await people(1)
    await end(await beganOnce())
    crowd.okta.misbehave({ path: /users$/, method: 'GET', status: 403 })
    const timing = { ...defaultUpkeepTiming, retrySeconds: 0.2, tickSeconds: 0.05, resyncEverySeconds: 0.1 }
    const alone = await hub({ upkeep: { timing } })
    await eventually(async () => expect(await alone.alerts()).toEqual(['hub.alert.resync_overdue']))
    await sleep(300)
    expect(await alone.alerts()).toEqual(['hub.alert.resync_overdue'])
  })
})

describe('a resync', () => {
  test('of everybody queues everybody, the deactivated and those in odd states too', async () => {
    const { ids, locked } = await people(3)
    crowd.okta.users.transition(ids[2] ?? '', 'deactivate')
    const one = await hub()
    expect(await one.resync(full)).toMatchObject({ listed: 3, queued: 3 })
    await eventually(() => expect(locked()).toEqual([ids[2]]))
  })

  test('goes on through a rate limit', async () => {
    await people(10, { pageSize: 2 })
    crowd.okta.misbehave({ path: /users$/, method: 'GET', status: 429, resetSeconds: 1, times: 2 })
    const one = await hub({ concurrency: 1 })
    expect(await one.resync(full)).toMatchObject({ pages: 5, listed: 10, queued: 10 })
  })

  test('tells how far it is', async () => {
    await people(4, { pageSize: 2 })
    const seen: number[] = []
    const one = await hub()
    await one.resync({ ...full, onProgress: ({ queued }) => void seen.push(queued) })
    expect(seen).toEqual([2, 4, 4])
  })

  test('never done before, asks since when', async () => {
    await people(1)
    const one = await hub()
    const asked = one.resync({ source: 'okta', mode: { kind: 'changed', since: null }, signal: never })
    await expect(asked).rejects.toThrow('never resynced')
    expect(await one.resync(full)).not.toBeNull()
  })

  test('of a source that lists nobody is refused in words', async () => {
    await people(1)
    const one = await hub()
    await expect(one.resync({ ...full, source: 'auth0' })).rejects.toThrow('auth0 cannot be resynced')
  })

  test('is taken over when its process died, and stops when it was only slow', async () => {
    await people(4, { pageSize: 2 })
    const timing = { ...defaultUpkeepTiming, leaseSeconds: 0.6 }
    const upkeep = { sources: [], timing }
    const [slow, other] = await Promise.all([hub({ upkeep }), hub({ upkeep })])
    crowd.okta.misbehave({ path: /users$/, delayMs: 400 })
    const stalled = slow.resync(full)
    stalled.catch(() => {})
    await eventually(() => expect(listings()).toBe(1))
    expect(await other.resync(full)).toBeNull()
    // As if nothing had been renewed: the lease ran out. A renewal may come right after it, and then once more.
    await eventually(async () => {
      await db.sql`update hub.source set lease_until = now()`
      expect(await other.resync(full)).toMatchObject({ listed: 4 })
    })
    await expect(stalled).rejects.toThrow('Another process resyncs okta')
  })
})

describe('the comparison with the full list', () => {
  test('finds who was deleted, and Okta’s own word for it locks them out', async () => {
    const { ids, locked } = await people(3)
    const one = await hub()
    await one.resync(full)
    await eventually(async () => expect(await statuses(one)).toEqual(['succeeded']))
    crowd.okta.users.remove(ids[0] ?? '')
    crowd.okta.users.remove(ids[0] ?? '')
    expect(await one.resync(compare)).toMatchObject({ listed: 2, queued: 1 })
    await eventually(() => expect(locked()).toEqual([ids[0]]))
  })

  test('leaves alone who is as they were read, and who is gone for good', async () => {
    const { ids, locked } = await people(2)
    const one = await hub()
    await one.resync(full)
    await eventually(async () => expect(await statuses(one)).toEqual(['succeeded']))
    crowd.okta.users.remove(ids[0] ?? '')
    crowd.okta.users.remove(ids[0] ?? '')
    await one.resync(compare)
    await eventually(() => expect(locked()).toEqual([ids[0]]))
    await eventually(async () => expect(await statuses(one)).toEqual(['succeeded']))
    expect(await one.resync(compare)).toMatchObject({ listed: 1, queued: 0 })
  })

  test('finds who is listed under another status than was read', async () => {
    const { ids, locked } = await people(2)
    const one = await hub()
    await one.resync(full)
    await eventually(async () => expect(await statuses(one)).toEqual(['succeeded']))
    crowd.okta.users.transition(ids[1] ?? '', 'suspend')
    expect(await one.resync(compare)).toMatchObject({ queued: 1 })
    await eventually(() => expect(locked()).toEqual([ids[1]]))
  })

  test('does not bring in people whom the hub has never read', async () => {
    await people(3)
    const one = await hub()
    expect(await one.resync(compare)).toMatchObject({ listed: 3, queued: 0 })
  })
})

/** A hub that ran once, so that the next one finds a time to begin at. */
async function beganOnce(): Promise<TestHub> {
  const first = await hub({ upkeep: {} })
  await eventually(async () => expect((await source())?.resyncedTo).not.toBeNull())
  return first
}

async function statuses({ deliveries }: TestHub): Promise<string[]> {
  return [...new Set((await deliveries()).map(({ status }) => status))]
}
