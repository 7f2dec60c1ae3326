import { afterEach, expect, test } from 'vitest'
import { connectors } from '../../../connectors/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { defineConnector } from '../../../src/index.ts'
import { type GoLiveReport, reportGoLive } from '../../../src/operate/go-live.ts'
import { startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const observe = { HUB_MODE: 'observe' }

afterEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

test('observing plans and records what it would do, and writes nothing at the vendors', async () => {
  await using crowd = await startMovingCrowd(30)
  await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
  await crowd.change(hub, crowd.ids)
  await allSettled(hub)
  const [delivery] = await hub.journal.records.listDeliveries({ status: 'succeeded', limit: 100 })
  const details = await hub.journal.records.showDelivery(delivery?.id ?? '')
  expect(details?.tries).toMatchObject([
    { outcome: 'observed', state: { status: 'DEPROVISIONED' }, changes: [{ action: 'deny', result: 'observed' }, {}] },
  ])
  expect(crowd.writes()).toEqual([])
  expect(crowd.tenants.okta.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  expect(await hub.journal.records.listOwed({ open: true })).toEqual([])
  expect(await hub.journal.orders.listHolds()).toEqual([])
  expect(await db.sql`select 1 from hub.lane where key like 'target:%'`).toHaveLength(0)
})

test('a handler of single events is not called while observing, since what it would write cannot be known', async () => {
  await using crowd = await startMovingCrowd(1)
  const seen: string[] = []
  const bell = defineConnector({
    id: 'bell',
    on: { 'user.lifecycle.*': async ({ event }) => void seen.push(event.type) },
  })
  const options = { db, tenants: crowd.tenants, connectors: [...connectors, bell] }
  {
    await using hub = await startHub({ ...options, settings: observe })
    await crowd.change(hub, crowd.ids, 'suspend')
    await allSettled(hub)
    expect((await hub.deliveries()).map(({ kind }) => kind).sort()).toEqual(['on', 'sync'])
    expect(seen).toEqual([])
  }
  await using hub = await startHub(options)
  await crowd.change(hub, crowd.ids, 'unsuspend')
  await allSettled(hub)
  expect(seen).toEqual(['user.lifecycle.unsuspend'])
})

test('what an earlier enforcing hub still owed is not done while observing', async () => {
  await using crowd = await startMovingCrowd(1)
  const [id = ''] = crowd.ids
  await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
  await crowd.change(hub, [id])
  await allSettled(hub)
  await db.sql`insert into hub.owed (person, connector, target, action, change) select id, 'auth0', 'okta|acme-okta|x',
    'revoke_access', '{"direction":"deny","target":"okta|acme-okta|x","action":"revoke_access","summary":"","owed":true}'
    from hub.person`
  await hub.queueSync([{ source: 'okta', authorityId: id }], { reason: 'again' })
  await allSettled(hub)
  expect(crowd.writes()).toEqual([])
  expect(await hub.journal.records.listOwed({ open: true })).toHaveLength(1)
})

test('enforcing after observing acts on what is true then, not on what was planned', async () => {
  await using crowd = await startMovingCrowd(3)
  const [leaver = '', returned = '', other = ''] = crowd.ids
  {
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
    await crowd.change(hub, [leaver, returned], 'suspend')
    await allSettled(hub)
    expect(await hub.actOnObserved()).toBe(0)
  }
  crowd.tenants.okta.users.transition(returned, 'unsuspend')
  await using hub = await startHub({ db, tenants: crowd.tenants })
  expect(await hub.actOnObserved()).toBe(2)
  await allSettled(hub)
  expect(crowd.lockedOut()).toEqual([leaver])
  expect(crowd.writes().some((call) => call.includes(other))).toBe(false)
  expect(await hub.actOnObserved()).toBe(0)
})

test('who was only observed is queued once, however often it is looked for before the queue is worked', async () => {
  await using crowd = await startMovingCrowd(2)
  {
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
    await crowd.change(hub, crowd.ids, 'suspend')
    await allSettled(hub)
  }
  await using hub = await startHub({ db, tenants: crowd.tenants, runs: false })
  expect(await hub.actOnObserved()).toBe(2)
  expect(await hub.actOnObserved()).toBe(0)
  await hub.drain.work({ lanes: [], seconds: 20 })
  expect(crowd.lockedOut()).toEqual(crowd.ids)
})

test('the go-live report says who would be locked out or opened now and why, from a plan made now', async () => {
  await using crowd = await startMovingCrowd(5)
  const [leaver = '', returned = '', shut = '', same = '', service = ''] = crowd.ids
  {
    await using enforcing = await startHub({ db, tenants: crowd.tenants })
    await crowd.change(enforcing, [shut], 'suspend')
    await allSettled(enforcing)
  }
  await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
  await crowd.change(hub, [leaver, returned, service], 'suspend')
  await hub.queueSync([{ source: 'okta', authorityId: same }], { reason: 'known' })
  await allSettled(hub)
  await hub.journal.orders.protect({
    source: 'okta',
    authorityId: service,
    reason: 'batch',
    until: later(),
    ...operator(),
  })
  for (const id of [returned, shut]) crowd.tenants.okta.users.transition(id, 'unsuspend')
  const writes = crowd.writes().length
  const attempts = await db.sql`select id from hub.attempt`

  const { people, rows } = await report(hub)
  expect(people).toBe(5)
  expect(Object.fromEntries(rows.map((row) => [row.authorityId, [row.direction, row.status, row.protected]]))).toEqual({
    [leaver]: ['deny', 'SUSPENDED', false],
    [shut]: ['allow', 'ACTIVE', false],
    [service]: ['deny', 'SUSPENDED', true],
  })
  const [first] = rows.filter(({ authorityId }) => authorityId === leaver)
  expect(first).toMatchObject({ connector: 'auth0', login: `${leaver}@acme-demo.test`.toLowerCase(), error: null })
  expect(first?.changes[0]?.summary).toContain('Lock okta|acme-okta|')
  expect(crowd.writes()).toHaveLength(writes)
  expect(await db.sql`select id from hub.attempt`).toHaveLength(attempts.length)
})

test('the go-live report names those of whom it cannot speak, and waits for a limit', async () => {
  await using crowd = await startMovingCrowd(2)
  await using hub = await startHub({ db, tenants: crowd.tenants, settings: observe })
  await crowd.change(hub, crowd.ids)
  await allSettled(hub)
  const [broken = '', limited = ''] = crowd.ids
  crowd.tenants.okta.misbehave({ method: 'GET', path: `/api/v1/users/${broken}`, status: 500 })
  crowd.tenants.okta.misbehave({
    method: 'GET',
    path: `/api/v1/users/${limited}`,
    status: 429,
    resetSeconds: 2,
    times: 1,
  })
  const waited: number[] = []
  const { rows } = await report(hub, waited)
  const byId = Object.fromEntries(rows.map((row) => [row.authorityId, row]))
  expect(byId[broken]).toMatchObject({ changes: [], error: expect.stringContaining('500') })
  expect(byId[limited]).toMatchObject({ direction: 'deny', error: null })
  expect(waited).toHaveLength(1)
})

function report({ journal, installed }: TestHub, waited: number[] = []): Promise<GoLiveReport> {
  return reportGoLive({
    journal,
    installed,
    clock: systemClock,
    signal: new AbortController().signal,
    concurrency: 2,
    wait: async (seconds) => void waited.push(seconds),
    onProgress: () => {},
  })
}

const later = () => new Date(Date.now() + 3_600_000).toISOString()

async function allSettled(hub: TestHub): Promise<void> {
  await eventually(async () => {
    const rows = await hub.deliveries()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ status }) => status !== 'succeeded')).toEqual([])
  })
}
