import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { orderHeld } from '../../../src/operate/brake-orders.ts'
import { enterpriseId, type MovingCrowd, startCrowd, startMovingCrowd } from '../../support/crowd.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, startHub, type TestHub, userEvent } from '../../support/hub.ts'
import { wipe } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const settings = { HUB_PROVISIONAL_DENY: 'true' }
const refused = { method: 'GET', path: '/api/v1/users', status: 401 }
const down = { method: 'GET', path: '/api/v1/users', status: 503 }

afterEach(async () => {
  await wipe(db.sql)
  await db.sql`truncate hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

describe.each([
  ['down', down],
  ['refusing the credential', refused],
])('with Okta %s', (_name, weather) => {
  test('a linked leaver is locked out on the hook alone, and the delivery waits for the authority', async () => {
    await using crowd = await startMovingCrowd(2)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings })
    await link(crowd, hub)
    const end = crowd.tenants.okta.misbehave(weather)
    await crowd.change(hub, crowd.ids)
    await eventually(() => expect(crowd.lockedOut()).toEqual(crowd.ids))
    const user = crowd.tenants.auth0.users.get(enterpriseId(crowd.ids[0] ?? ''))
    expect(user.app_metadata).toMatchObject({ okta: { status: 'unreadable', deactivated: true, id: crowd.ids[0] } })
    const [newest] = await hub.journal.records.listDeliveries({ limit: 1 })
    expect(newest).toMatchObject({ status: expect.stringMatching(/pending|running/) })
    await eventually(async () => {
      const tries = (await hub.journal.records.showDelivery(newest?.id ?? ''))?.tries
      expect(tries?.some(({ state }) => state?.provisional === true && state.status === 'unreadable')).toBe(true)
    })
    expect(await hub.journal.records.findPeople(crowd.ids[0] ?? '')).toMatchObject([{ state: { status: 'ACTIVE' } }])
    end()
    await allSucceeded(hub)
    expect(crowd.lockedOut()).toEqual(crowd.ids)
    expect(await hub.journal.records.findPeople(crowd.ids[0] ?? '')).toMatchObject([
      { state: { status: 'DEPROVISIONED' } },
    ])
  })

  test('the next read opens again whom the hook had locked out in vain', async () => {
    await using crowd = await startMovingCrowd(1)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings })
    const [id = ''] = crowd.ids
    await link(crowd, hub)
    const end = crowd.tenants.okta.misbehave(weather)
    await crowd.change(hub, [id], 'suspend')
    await eventually(() => expect(crowd.lockedOut()).toEqual([id]))
    crowd.tenants.okta.users.transition(id, 'unsuspend')
    end()
    await allSucceeded(hub)
    expect(crowd.lockedOut()).toEqual([])
  })

  test('a hook that never came true ends contradicted, and what it shut is opened again', async () => {
    await using crowd = await startMovingCrowd(1)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings })
    const [id = ''] = crowd.ids
    await link(crowd, hub)
    const end = crowd.tenants.okta.misbehave(weather)
    await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: id })]))
    await eventually(() => expect(crowd.lockedOut()).toEqual([id]))
    end()
    await eventually(async () => expect((await hub.deliveries()).at(-1)?.status).toBe('contradicted'))
    expect(crowd.lockedOut()).toEqual([])
  })

  test('nobody is locked out on the hook alone unless it was asked for', async () => {
    await using crowd = await startMovingCrowd(1)
    await using hub = await startHub({ db, tenants: crowd.tenants })
    await link(crowd, hub)
    crowd.tenants.okta.misbehave(weather)
    await crowd.change(hub, crowd.ids)
    await tried(crowd)
    expect(crowd.writes()).toEqual([])
  })

  test('nobody is searched for, and nobody opened, on the hook alone', async () => {
    await using crowd = await startMovingCrowd(2)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings })
    const [unlinked = '', shut = ''] = crowd.ids
    await hub.queueSync([{ source: 'okta', authorityId: shut }], { reason: 'known' })
    await crowd.change(hub, [shut], 'suspend')
    await allSucceeded(hub)
    const calls = crowd.tenants.auth0.calls.length
    crowd.tenants.okta.misbehave(weather)
    await crowd.change(hub, [unlinked])
    await crowd.change(hub, [shut], 'unsuspend')
    await tried(crowd)
    expect(crowd.tenants.auth0.calls).toHaveLength(calls)
    expect(crowd.lockedOut()).toEqual([shut])
  })

  test('the brake stops a mass of hooks, and an operator can release it', async () => {
    await using crowd = await startMovingCrowd(4)
    await using hub = await startHub({ db, tenants: crowd.tenants, settings: { ...settings, HUB_BRAKE_PEOPLE: '2' } })
    await link(crowd, hub)
    const end = crowd.tenants.okta.misbehave(weather)
    await crowd.change(hub, crowd.ids)
    await eventually(async () => expect(await hub.journal.orders.listHolds()).toHaveLength(2))
    await eventually(() => expect(crowd.lockedOut()).toHaveLength(2))
    expect(await hub.alerts()).toContain('hub.alert.brake')
    const order = { kind: 'release', whom: null, direction: null, reason: 'true', ...operator() } as const
    await orderHeld({ journal: hub.journal, clock: systemClock }, order)
    await eventually(() => expect(crowd.lockedOut()).toHaveLength(4))
    end()
    await allSucceeded(hub)
  })
})

test('a paused authority is not asked once for every hook that comes in', async () => {
  await using crowd = await startMovingCrowd(8)
  await using hub = await startHub({ db, tenants: crowd.tenants, settings, timing: { probeSeconds: 30 } })
  await link(crowd, hub)
  crowd.tenants.okta.misbehave(refused)
  await crowd.change(hub, crowd.ids.slice(0, 1))
  await eventually(async () =>
    expect(await hub.journal.queue.listConnectorStates()).toMatchObject([{ pausedSince: expect.any(String) }]),
  )
  const reads = crowd.tenants.okta.calls.length
  await crowd.change(hub, crowd.ids.slice(1))
  await eventually(() => expect(crowd.lockedOut()).toEqual(crowd.ids))
  expect(crowd.tenants.okta.calls).toHaveLength(reads)
})

test('a rate limit is no outage: nobody is locked out on the hook alone because it is used up (attack 5)', async () => {
  await using crowd = await startMovingCrowd(2)
  await using hub = await startHub({ db, tenants: crowd.tenants, settings })
  await link(crowd, hub)
  const end = crowd.tenants.okta.misbehave({ method: 'GET', path: '/api/v1/users', status: 429 })
  const forged = crowd.ids.map((userId) => userEvent({ type: 'user.lifecycle.deactivate', userId }))
  await hub.post(oktaHook(forged))
  await tried(crowd)
  expect(crowd.lockedOut()).toEqual([])
  expect(crowd.writes()).toEqual([])
  end()
  // Nor is anybody's real leaving lost by it.
  await crowd.change(hub, crowd.ids)
  await eventually(() => expect(crowd.lockedOut()).toEqual(crowd.ids))
})

test('made-up ids use up half of the authority’s rate limit at most, and a leaver who is known is locked out beside them (attack 5)', async () => {
  const rateLimit = { burst: 100, perSecond: 10 }
  await using crowd = await startCrowd(1, { okta: { rateLimit } })
  await using hub = await startHub({ db, tenants: crowd, settings })
  const [leaver = ''] = crowd.ids
  await hub.queueSync([{ source: 'okta', authorityId: leaver }], { reason: 'known' })
  await allSucceeded(hub)
  const madeUp = Array.from({ length: 1000 }, (_, i) =>
    userEvent({ type: 'user.lifecycle.deactivate', userId: `00umadeup${i}` }),
  )
  for (let i = 0; i < madeUp.length; i += 200) await hub.post(oktaHook(madeUp.slice(i, i + 200)))
  await eventually(async () => expect(await db.sql`select 1 from hub.attempt limit 51`).toHaveLength(51))
  crowd.okta.users.transition(leaver, 'deactivate')
  await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: leaver })]))
  await eventually(() => expect(crowd.locked()).toEqual([leaver]), { withinSeconds: 5 })
  expect(await db.sql`select error from hub.attempt where error like '%429%'`).toEqual([])
  await db.sql`update hub.lane set next_at = null`
})

/** As if earlier plans had seen each person's user. */
async function link(crowd: MovingCrowd, hub: TestHub): Promise<void> {
  await hub.queueSync(
    crowd.ids.map((authorityId) => ({ source: 'okta', authorityId })),
    { reason: 'known' },
  )
  await allSucceeded(hub)
  await db.sql`
    insert into hub.sighting (person, kind, connector, value)
    select id, 'link', 'auth0', 'okta|acme-okta|' || authority_id from hub.person on conflict do nothing`
}

/** Okta was asked after the hook, and then there was time to act on that. */
async function tried(crowd: MovingCrowd): Promise<void> {
  const calls = crowd.tenants.okta.calls.length
  await eventually(() => expect(crowd.tenants.okta.calls.length).toBeGreaterThan(calls))
  await new Promise((resolve) => setTimeout(resolve, 300))
}

async function allSucceeded(hub: TestHub): Promise<void> {
  await eventually(async () => {
    const rows = await hub.deliveries()
    expect(rows.filter(({ status }) => status !== 'succeeded')).toEqual([])
  })
}
