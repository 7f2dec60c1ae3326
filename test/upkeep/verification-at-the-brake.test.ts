import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { orderHeld } from '../../src/operate/brake-orders.ts'
import { enterpriseId, type MovingCrowd, startMovingCrowd } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const day = 24 * 60 * 60

const running: TestHub[] = []
afterEach(async () => {
  for (const hub of running.splice(0)) await hub[Symbol.asyncDispose]()
  await wipe(db.sql)
  await db.sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

/** No hub runs for so long; then one starts and makes the looks that are due. */
async function returnAfter(seconds: number, crowd: MovingCrowd, people: string): Promise<TestHub> {
  for (const hub of running.splice(0)) await hub[Symbol.asyncDispose]()
  await passTime(db.sql, seconds)
  // At Okta the change of status stays when it was: an order holds for that change alone.
  await db.sql`update hub.hold set status_changed_at = status_changed_at + make_interval(secs => ${seconds})`
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 }
  const hub = await startHub({
    ...{ db, tenants: crowd.tenants, settings: { HUB_BRAKE_PEOPLE: people } },
    upkeep: { resync: false, verify: { searchDays: 90 }, timing },
  })
  running.push(hub)
  await eventually(async () => {
    const [row] = await db.sql`
      select count(*)::int as open from hub.verification where due_at <= now() or asked_at is not null`
    expect(row?.open).toBe(0)
  })
  return hub
}

const cancelHeld = (hub: TestHub) =>
  orderHeld(
    { journal: hub.journal, clock: systemClock },
    { kind: 'cancel', whom: null, direction: null, reason: 'a wrong import', ...operator() },
  )
const held = (hub: TestHub, people: number) =>
  eventually(async () => expect(await hub.journal.orders.listHolds()).toHaveLength(people))

test('a person whose lockout was cancelled at the brake is looked at and never locked out', async () => {
  await using crowd = await startMovingCrowd(2)
  const hub = await returnAfter(0, crowd, '1')
  await crowd.change(hub, crowd.ids)
  await held(hub, 1)
  await cancelHeld(hub)
  const out = crowd.lockedOut()
  expect(out).toHaveLength(1)
  const writes = crowd.writes().length
  for (let times = 0; times < 3; times++) {
    await returnAfter(2 * day, crowd, '10')
    expect(crowd.lockedOut()).toEqual(out)
  }
  expect(crowd.writes().length).toBe(writes)
  const looks = await db.sql`select 1 from hub.event where type like 'hub.verify.%'`
  expect(looks.length).toBeGreaterThan(0)
})

test('a lockout that others undid, and whose mending was cancelled at the brake, is not mended by a later look', async () => {
  await using crowd = await startMovingCrowd(2)
  const first = await returnAfter(0, crowd, '10')
  await crowd.change(first, crowd.ids)
  await eventually(() => expect(crowd.lockedOut()).toHaveLength(2))
  await eventually(async () =>
    expect((await first.deliveries()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']),
  )
  for (const id of crowd.ids)
    crowd.tenants.auth0.users.patch(enterpriseId(id), { blocked: false, app_metadata: { okta: null } })
  const second = await returnAfter(day, crowd, '1')
  await held(second, 1)
  await cancelHeld(second)
  const out = crowd.lockedOut()
  expect(out).toHaveLength(1)
  for (let times = 0; times < 2; times++) {
    await returnAfter(2 * day, crowd, '10')
    expect(crowd.lockedOut()).toEqual(out)
  }
})
