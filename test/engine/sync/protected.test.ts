import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { orderHeld } from '../../../src/operate/brake-orders.ts'
import { startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const hour = 3_600_000

afterEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

test('a protected person is not locked out: held, alerted, nothing written', async () => {
  await using crowd = await startMovingCrowd(2)
  await using hub = await startHub({ db, tenants: crowd.tenants })
  await guard(hub, crowd.ids[0])
  await crowd.change(hub, crowd.ids)
  await statuses(hub, ['held', 'succeeded'])
  expect(crowd.lockedOut()).toEqual([crowd.ids[1]])
  expect(crowd.writes().some((call) => call.includes(crowd.ids[0] ?? ''))).toBe(false)
  expect(await hub.alerts()).toEqual(['hub.alert.protected'])
  const [held] = await hub.journal.records.listDeliveries({ status: 'held', limit: 1 })
  expect(held?.lastError).toBe('Protected: break glass. An operator must release this denial.')
})

test('a protected person is not locked out with the brake off either', async () => {
  await using crowd = await startMovingCrowd(1)
  await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '0' } })
  await guard(hub, crowd.ids[0])
  await crowd.change(hub, crowd.ids)
  await statuses(hub, ['held'])
  expect(crowd.lockedOut()).toEqual([])
})

test('an operator lets one denial of a protected person pass, and no second one', async () => {
  await using crowd = await startMovingCrowd(1)
  await using hub = await startHub({ db, tenants: crowd.tenants })
  const [id = ''] = crowd.ids
  await guard(hub, id)
  await crowd.change(hub, [id], 'suspend')
  await statuses(hub, ['held'])
  const order = { kind: 'release', whom: id, direction: null, reason: 'left for good', ...operator() } as const
  await orderHeld({ journal: hub.journal, clock: systemClock }, order)
  await statuses(hub, ['succeeded'])
  expect(crowd.lockedOut()).toEqual([id])
  await crowd.change(hub, [id], 'unsuspend')
  await statuses(hub, ['succeeded', 'succeeded'])
  expect(crowd.lockedOut()).toEqual([])
  await crowd.change(hub, [id], 'suspend')
  await statuses(hub, ['held', 'succeeded', 'succeeded'])
  expect(crowd.lockedOut()).toEqual([])
})

test('an expired entry protects nobody any more, and is still listed', async () => {
  await using crowd = await startMovingCrowd(1)
  await using hub = await startHub({ db, tenants: crowd.tenants })
  await guard(hub, crowd.ids[0], -1)
  await crowd.change(hub, crowd.ids)
  await statuses(hub, ['succeeded'])
  expect(crowd.lockedOut()).toEqual(crowd.ids)
  expect(await hub.journal.orders.listProtected()).toMatchObject([{ expired: true, reason: 'break glass', by: 'ann' }])
})

test('a denial held for its protection passes a later run once the entry has expired', async () => {
  await using crowd = await startMovingCrowd(1)
  await using hub = await startHub({ db, tenants: crowd.tenants })
  await guard(hub, crowd.ids[0])
  await crowd.change(hub, crowd.ids)
  await statuses(hub, ['held'])
  await guard(hub, crowd.ids[0], -1)
  await hub.queueSync([{ source: 'okta', authorityId: crowd.ids[0] ?? '' }], { reason: 'nightly' })
  await statuses(hub, ['succeeded', 'succeeded'])
  expect(await hub.journal.orders.listHolds()).toEqual([])
})

test('taking somebody off the list says whether they were on it', async () => {
  await using crowd = await startMovingCrowd(1)
  await using hub = await startHub({ db, tenants: crowd.tenants })
  await guard(hub, crowd.ids[0])
  const key = { source: 'okta', authorityId: crowd.ids[0] ?? '' }
  const note = { ...operator(), reason: null }
  expect(await hub.journal.orders.unprotect({ ...key, ...note, source: 'okta_eu' })).toBe(false)
  expect(await hub.journal.orders.unprotect({ ...key, ...note })).toBe(true)
  expect(await hub.journal.orders.unprotect({ ...key, ...note })).toBe(false)
})

function guard({ journal }: TestHub, authorityId = '', hours = 1): Promise<void> {
  const until = new Date(Date.now() + hours * hour).toISOString()
  return journal.orders.protect({ source: 'okta', authorityId, reason: 'break glass', until, ...operator() })
}

async function statuses(hub: TestHub, expected: string[]): Promise<void> {
  await eventually(async () => {
    expect((await hub.deliveries()).map(({ status }) => status).sort()).toEqual(expected)
  })
}
