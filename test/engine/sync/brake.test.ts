import { afterEach, describe, expect, test } from 'vitest'
import type { Direction } from '../../../src/core/change.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { personId } from '../../../src/core/id.ts'
import { expectPeople, orderHeld } from '../../../src/operate/brake-orders.ts'
import { startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const by = 'ann'
const reason = 'HR confirmed it'

afterEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

describe('a mass deactivation', () => {
  test('changes as many people as the threshold and holds the rest, in plain sight', async () => {
    await using crowd = await startMovingCrowd(30)
    await using hub = await startHub({ db, tenants: crowd.tenants })
    await crowd.change(hub, crowd.ids)
    await settled(hub, { succeeded: 20, held: 10 })
    expect(crowd.lockedOut()).toHaveLength(20)
    const holds = await hub.journal.orders.listHolds()
    expect(holds).toHaveLength(10)
    expect(holds[0]).toMatchObject({ why: 'brake', direction: 'deny', status: 'DEPROVISIONED', order: null })
    const [held] = await hub.journal.records.listDeliveries({ status: 'held', limit: 1 })
    expect(held?.lastError).toContain('More than 20 people would be locked out within 10 minutes')
    expect(await hub.alerts()).toEqual(['hub.alert.brake'])
  })

  test('writes nothing at the vendor for those who are held', async () => {
    await using crowd = await startMovingCrowd(3)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '1' } })
    await crowd.change(hub, crowd.ids)
    await settled(hub, { succeeded: 1, held: 2 })
    const [changed = ''] = crowd.lockedOut()
    expect(crowd.writes().length).toBeGreaterThan(0)
    expect(crowd.writes().filter((call) => !call.includes(changed))).toEqual([])
    expect(await hub.journal.records.listOwed({ open: true })).toEqual([])
  })

  test('does not exceed the threshold through two hubs on one database', async () => {
    await using crowd = await startMovingCrowd(30)
    await using one = await startHub({ db, tenants: crowd.tenants, concurrency: 12 })
    await using two = await startHub({ db, tenants: crowd.tenants, concurrency: 12 })
    await Promise.all([crowd.change(one, crowd.ids.slice(0, 15)), crowd.change(two, crowd.ids.slice(15))])
    await settled(one, { succeeded: 20, held: 10 })
    expect(crowd.lockedOut()).toHaveLength(20)
  })

  test('does not count people who are locked out already', async () => {
    await using crowd = await startMovingCrowd(4)
    {
      await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '3' } })
      await crowd.change(hub, crowd.ids.slice(0, 3), 'suspend')
      await settled(hub, { succeeded: 3 })
    }
    await moveWindowOn()
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '1' } })
    await crowd.change(hub, crowd.ids.slice(0, 3))
    await settled(hub, { succeeded: 6 })
    await crowd.change(hub, crowd.ids.slice(3))
    await settled(hub, { succeeded: 7 })
    expect(crowd.lockedOut()).toHaveLength(4)
  })

  test('lets a share of the people known pass where that is more', async () => {
    await using crowd = await startMovingCrowd(8)
    await using hub = await startHub({
      db,
      tenants: crowd.tenants,
      settings: { HUB_BRAKE_PEOPLE: '1', HUB_BRAKE_PERCENT: '2' },
    })
    await knowPeople(250)
    await crowd.change(hub, crowd.ids)
    await settled(hub, { succeeded: 5, held: 3 })
  })

  test('is not stopped when the brake is off', async () => {
    await using crowd = await startMovingCrowd(30)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '0' } })
    await crowd.change(hub, crowd.ids)
    await settled(hub, { succeeded: 30 })
  })
})

describe('a single leaver', () => {
  test('below the threshold passes unhindered while others are held', async () => {
    await using crowd = await startMovingCrowd(7)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '3' } })
    await crowd.change(hub, crowd.ids.slice(0, 5))
    await settled(hub, { succeeded: 3, held: 2 })
    const held = (await hub.journal.orders.listHolds()).map(({ person }) => person).sort()
    // The wave is over, its window too; those who are held still are.
    await moveWindowOn()
    for (const [i, leaver] of crowd.ids.slice(5).entries()) {
      await crowd.change(hub, [leaver])
      await settled(hub, { succeeded: 4 + i, held: 2 })
      expect(crowd.lockedOut()).toContain(leaver)
    }
    expect((await hub.journal.orders.listHolds()).map(({ person }) => person).sort()).toEqual(held)
    expect(await hub.alerts()).toEqual(['hub.alert.brake'])
  })
})

describe('a mass opening', () => {
  test('trips the brake too, counted apart from denials', async () => {
    await using crowd = await startMovingCrowd(4)
    await using open = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '0' } })
    for (const verb of ['suspend'] as const) await crowd.change(open, crowd.ids, verb)
    await settled(open, { succeeded: 4 })
    await open.drain.stop()
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '2' } })
    await crowd.change(hub, crowd.ids, 'unsuspend')
    await settled(hub, { succeeded: 6, held: 2 })
    expect(crowd.lockedOut()).toHaveLength(2)
    expect((await hub.journal.orders.listHolds()).map(({ direction }) => direction)).toEqual(['allow', 'allow'])
  })
})

describe('the count', () => {
  test('takes a person who runs again within the window once', async () => {
    await using crowd = await startMovingCrowd(3)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '2' } })
    const [first = '', second = '', third = ''] = crowd.ids
    await crowd.change(hub, [first])
    await settled(hub, { succeeded: 1 })
    crowd.tenants.auth0.users.patch(`okta|acme-okta|${first}`, { blocked: false, app_metadata: { okta: null } })
    await hub.queueSync([{ source: 'okta', authorityId: first }], { reason: 'again' })
    await settled(hub, { succeeded: 2 })
    expect(crowd.lockedOut()).toEqual([first])
    await crowd.change(hub, [second])
    await settled(hub, { succeeded: 3 })
    await crowd.change(hub, [third])
    await settled(hub, { succeeded: 3, held: 1 })
  })

  test('starts anew when the window has moved on, while those who are held stay held', async () => {
    await using crowd = await startMovingCrowd(4)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '2' } })
    await crowd.change(hub, crowd.ids.slice(0, 3))
    await settled(hub, { succeeded: 2, held: 1 })
    await moveWindowOn()
    await crowd.change(hub, crowd.ids.slice(3))
    await settled(hub, { succeeded: 3, held: 1 })
    const [held] = await hub.journal.orders.listHolds()
    await hub.queueSync([{ source: 'okta', authorityId: held?.authorityId ?? '' }], { reason: 'resync' })
    await eventually(async () =>
      expect((await hub.deliveries()).every(({ status }) => status !== 'pending')).toBe(true),
    )
    expect(crowd.lockedOut()).toHaveLength(3)
    expect(crowd.lockedOut()).not.toContain(held?.authorityId)
  })

  test('lets work that had passed go on after the window, as when the vendor was down', async () => {
    const question = await knownPerson('00uslow')
    expect(await db.sql`select 1`).toHaveLength(1)
    await using crowd = await startMovingCrowd(1)
    await using hub = await startHub({ db, tenants: crowd.tenants })
    const limits = { people: 1, percent: 0, minutes: 10 }
    expect(await hub.journal.queue.passBrake({ ...question, limits, workAgeSeconds: 5 })).toEqual({ pass: true })
    await moveWindowOn()
    const other = await knownPerson('00uother')
    expect(await hub.journal.queue.passBrake({ ...other, limits, workAgeSeconds: 5 })).toEqual({ pass: true })
    expect(await hub.journal.queue.passBrake({ ...question, limits, workAgeSeconds: 90_000 })).toEqual({ pass: true })
    expect(await hub.journal.queue.passBrake({ ...question, limits, workAgeSeconds: 5 })).toMatchObject({ pass: false })
  })
})

describe('an operator', () => {
  test('releases one person, by name or by delivery, with a reason', async () => {
    await using crowd = await startMovingCrowd(4)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '1' } })
    await crowd.change(hub, crowd.ids)
    await settled(hub, { succeeded: 1, held: 3 })
    const [first, second, third] = await hub.journal.orders.listHolds()
    const order = { kind: 'release', direction: null, reason, ...operator() } as const
    await orderHeld(needsOf(hub), { ...order, whom: first?.login ?? '' })
    await settled(hub, { succeeded: 2, held: 2 })
    await orderHeld(needsOf(hub), { ...order, whom: second?.delivery ?? '' })
    await settled(hub, { succeeded: 3, held: 1 })
    expect((await hub.journal.orders.listHolds()).map(({ person }) => person)).toEqual([third?.person])
    const orders = await hub.journal.orders.listBrakeOrders({ limit: 5 })
    expect(orders).toMatchObject([
      { kind: 'release', person: second?.person, people: 1, reason, by },
      { kind: 'release', person: first?.person, people: 1, reason, by },
    ])
    await expect(orderHeld(needsOf(hub), { ...order, whom: first?.login ?? '' })).rejects.toThrow('Nothing is held')
    await expect(orderHeld(needsOf(hub), { ...order, whom: null, reason: ' ' })).rejects.toThrow('reason is missing')
  })

  test('releases everybody, which uses up nothing of the window', async () => {
    await using crowd = await startMovingCrowd(6)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '2' } })
    await crowd.change(hub, crowd.ids.slice(0, 5))
    await settled(hub, { succeeded: 2, held: 3 })
    expect(
      await orderHeld(needsOf(hub), { kind: 'release', whom: null, direction: 'allow', reason, ...operator() }),
    ).toBe(0)
    expect(
      await orderHeld(needsOf(hub), { kind: 'release', whom: null, direction: 'deny', reason, ...operator() }),
    ).toBe(3)
    await settled(hub, { succeeded: 5 })
    expect(await hub.journal.orders.listHolds()).toEqual([])
    await moveWindowOn()
    await crowd.change(hub, crowd.ids.slice(5))
    await settled(hub, { succeeded: 6 })
  })

  test('releases somebody who came back meanwhile without locking them out', async () => {
    await using crowd = await startMovingCrowd(2)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '1' } })
    await crowd.change(hub, crowd.ids, 'suspend')
    await settled(hub, { succeeded: 1, held: 1 })
    const [held] = await hub.journal.orders.listHolds()
    crowd.tenants.okta.users.transition(held?.authorityId ?? '', 'unsuspend')
    await orderHeld(needsOf(hub), { kind: 'release', whom: null, direction: null, reason, ...operator() })
    await settled(hub, { succeeded: 2 })
    expect(crowd.lockedOut()).not.toContain(held?.authorityId)
  })

  test('cancels held work, which stays cancelled until there is newer news or a release', async () => {
    await using crowd = await startMovingCrowd(3)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '1' } })
    await crowd.change(hub, crowd.ids, 'suspend')
    await settled(hub, { succeeded: 1, held: 2 })
    const [first, second] = await hub.journal.orders.listHolds()
    await orderHeld(needsOf(hub), {
      kind: 'cancel',
      whom: null,
      direction: null,
      reason: 'a wrong import',
      ...operator(),
    })
    await settled(hub, { succeeded: 1, superseded: 2 })
    await moveWindowOn()
    const people = [first, second].map((hold) => ({ source: 'okta', authorityId: hold?.authorityId ?? '' }))
    await hub.queueSync(people.slice(0, 1), { reason: 'nightly' })
    await settled(hub, { succeeded: 1, superseded: 3 })
    expect((await hub.deliveries()).at(-1)?.lastError).toBe('Cancelled by ann: a wrong import')
    expect(crowd.lockedOut()).toHaveLength(1)

    await crowd.change(hub, [people[0]?.authorityId ?? ''], 'unsuspend')
    await settled(hub, { succeeded: 2, superseded: 3 })
    await crowd.change(hub, [people[0]?.authorityId ?? ''], 'suspend')
    await settled(hub, { succeeded: 3, superseded: 3 })
    await orderHeld(needsOf(hub), {
      kind: 'release',
      whom: second?.person ?? '',
      direction: null,
      reason,
      ...operator(),
    })
    await eventually(() => expect(crowd.lockedOut()).toHaveLength(3))
  })

  test('expects a wave: so many more people pass, once, until its time', async () => {
    await using crowd = await startMovingCrowd(12)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: '2' } })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await expectPeople(needsOf(hub), { people: 5, until, direction: 'deny', reason: 'end of contract', ...operator() })
    await crowd.change(hub, crowd.ids.slice(0, 10))
    await settled(hub, { succeeded: 7, held: 3 })
    const { threshold, gauges } = await hub.journal.orders.readBrakeStatus({ people: 2, percent: 1, minutes: 10 })
    expect(threshold).toBe(2)
    expect(gauges[0]).toMatchObject({ direction: 'deny', counted: 2, expected: { people: 5, came: 5 } })
    await db.sql`update hub.brake_order set until = now() - interval '1 second', people = 50`
    await crowd.change(hub, crowd.ids.slice(10, 11))
    await settled(hub, { succeeded: 7, held: 4 })
  })

  test('cannot expect so many, or for so long, that there is no brake', async () => {
    await using crowd = await startMovingCrowd(1)
    await using hub = await startHub({ db, tenants: crowd.tenants })
    const hour = 3_600_000
    const wave = {
      people: 100,
      until: new Date(Date.now() + hour).toISOString(),
      direction: 'deny',
      reason,
      ...operator(),
    } as const
    await expectPeople(needsOf(hub), wave)
    await expect(expectPeople(needsOf(hub), { ...wave, people: 101 })).rejects.toThrow('101 people cannot be expected')
    const late = new Date(Date.now() + 8 * 24 * hour).toISOString()
    await expect(expectPeople(needsOf(hub), { ...wave, until: late })).rejects.toThrow('cannot be expected until')
    await expect(expectPeople(needsOf(hub), { ...wave, until: new Date(0).toISOString() })).rejects.toThrow(
      'cannot be expected until',
    )
  })
})

function needsOf({ journal }: TestHub) {
  return { journal, clock: systemClock }
}

/** How many deliveries end where; collapsed ones stand where the one does that they point to. */
async function settled(hub: TestHub, expected: Record<string, number>): Promise<void> {
  await eventually(async () => {
    const rows = await hub.sql`select status, count(*)::int as count from hub.delivery group by status`
    expect(Object.fromEntries(rows.map(({ status, count }) => [status, count]))).toEqual(expected)
  })
}

/** As if everything that the brake has counted were eleven minutes older. */
async function moveWindowOn(): Promise<void> {
  await db.sql`update hub.brake_reservation set reserved_at = reserved_at - interval '11 minutes'`
}

async function knowPeople(count: number): Promise<void> {
  await db.sql`
    insert into hub.person (id, source, authority_id, state)
    select 'per_' || i, 'okta', '00uknown' || i, '{}' from generate_series(1, ${count}::int) i`
}

async function knownPerson(authorityId: string) {
  const id = personId({ source: 'okta', authorityId })
  await db.sql`insert into hub.person (id, source, authority_id, state) values (${id}, 'okta', ${authorityId}, '{}')`
  const direction = 'deny' satisfies Direction
  return { person: { id, source: 'okta', authorityId }, connector: 'auth0', direction, statusChangedAt: null } as const
}
