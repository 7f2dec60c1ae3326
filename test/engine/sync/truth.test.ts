import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultSchedule, scaleSchedule } from '../../../src/core/schedule.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()

const deactivated = (userId: string, published?: string) =>
  userEvent({ type: 'user.lifecycle.deactivate', userId, ...(published ? { published } : {}) })

const statuses = async ({ hub }: Stage) => (await hub.deliveries()).map(({ status }) => status)

describe('a hook', () => {
  test('shuts every Auth0 user of a leaver, letter case aside, and nobody else', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    for (const userId of [LENA.enterpriseUserId, LENA.databaseUserId]) auth0.sessions.open({ userId, clientId: 'app' })
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
    expect(auth0.users.get(LENA.enterpriseUserId).app_metadata).toMatchObject({ plan: 'team' })
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)

    okta.users.transition(LENA.oktaId, 'activate')
    await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isOpen)).toEqual([true, true]))
  })

  test('that names nobody Okta knows is held and alerted, and nothing is written', async () => {
    await using stage = await setStage({ db })
    await stage.hub.post(oktaHook([deactivated('00uFORGED0000000001')]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['held']))
    expect(await stage.hub.alerts()).toEqual(['hub.alert.unknown_person'])
    expect(stage.auth0Calls('PATCH') + stage.auth0Calls('POST')).toBe(0)
  })

  test('about somebody whom Okta does not know any more shuts them when the hub has read them before', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    stage.silently(LENA.oktaId, 'deactivate')
    okta.users.remove(LENA.oktaId)
    await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)
  })

  test('that comes late does not open what Okta has shut since', async () => {
    await using stage = await setStage({ db })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: LENA.oktaId })]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded', 'succeeded']))
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)
  })
})

describe('a denial that Okta does not show yet', () => {
  test('is read again, and acted on as soon as Okta shows it', async () => {
    await using stage = await setStage({ db })
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId)]))
    await eventually(async () => expect((await stage.hub.deliveries())[0]?.lastError).toMatch(/still says ACTIVE/))
    expect(stage.auth0Calls('PATCH')).toBe(0)
    stage.silently(LENA.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  })

  test('ends as contradicted, in plain sight, when Okta never shows it', async () => {
    const timing = { schedule: scaleSchedule(defaultSchedule, 0.001) }
    await using stage = await setStage({ db, timing })
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId)]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['contradicted']))
    expect(await stage.hub.alerts()).toEqual(['hub.alert.contradicted'])
    expect(stage.tenants.okta.calls).toHaveLength(4)
    expect(stage.auth0Calls('PATCH')).toBe(0)
  })

  test.each([
    ['three minutes', 3, 'user.lifecycle.activate'],
    ['an hour and a half', 90, 'user.account.update_profile'],
  ])(
    'by a clock %s ahead holds a return back until the last read only, and ends as contradicted',
    async (_, minutes, type) => {
      const schedule = { ...scaleSchedule(defaultSchedule, 0.01), contradictionWaitsSeconds: [0.1, 0.1, 1] }
      await using stage = await setStage({ db, timing: { schedule } })
      const users = [LENA.enterpriseUserId, LENA.databaseUserId]
      stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
      await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
      const reads = stage.tenants.okta.calls.length
      stage.silently(LENA.oktaId, 'activate')
      await stage.hub.post(oktaHook([deactivated(LENA.oktaId, new Date(Date.now() + minutes * 60_000).toISOString())]))
      await stage.hub.post(oktaHook([userEvent({ type, userId: LENA.oktaId })]))
      await eventually(() => expect(stage.tenants.okta.calls.length).toBeGreaterThanOrEqual(reads + 3))
      expect(users.map(stage.isShut)).toEqual([true, true])
      await eventually(async () => expect((await statuses(stage)).at(-1)).toBe('contradicted'))
      expect(users.map(stage.isOpen)).toEqual([true, true])
      expect(await stage.hub.alerts()).toEqual(['hub.alert.contradicted'])
      expect(await stage.hub.journal.records.findPeople(LENA.oktaId)).toMatchObject([
        { state: { status: 'ACTIVE' }, deniedAt: null },
      ])
    },
  )

  test('stays in plain sight after the later look that a lease calls for, and ends when Okta shows it after all', async () => {
    const timing = { schedule: scaleSchedule(defaultSchedule, 0.001), leaseSeconds: 0.6, renewSeconds: 0.2 }
    await using stage = await setStage({ db, timing })
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId)]))
    await eventually(async () => {
      expect(stage.tenants.okta.calls.length).toBeGreaterThanOrEqual(5)
      expect(await db.sql`select 1 from hub.delivery where next_attempt_at is not null`).toHaveLength(0)
    })
    expect(await statuses(stage)).toEqual(['contradicted'])
    stage.silently(LENA.oktaId, 'deactivate')
    const [delivery] = await stage.hub.deliveries()
    await stage.hub.journal.orders.replay({ ids: [delivery?.id ?? ''] })
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)
  })

  test('stays in plain sight though the person’s next news come before that look', async () => {
    const timing = { schedule: scaleSchedule(defaultSchedule, 0.001) }
    await using stage = await setStage({ db, timing })
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId)]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['contradicted']))
    await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['contradicted', 'succeeded']))
  })

  test('keeps its later reads though other news of the person come in between', async () => {
    const schedule = { ...scaleSchedule(defaultSchedule, 0.01), contradictionWaitsSeconds: [1, 1, 1] }
    await using stage = await setStage({ db, timing: { schedule } })
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId)]))
    for (let i = 1; i <= 5; i++) {
      await eventually(() => expect(stage.tenants.okta.calls).toHaveLength(i))
      await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
    }
    await eventually(() => expect(stage.tenants.okta.calls).toHaveLength(6))
    stage.silently(LENA.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
    expect(await stage.hub.alerts()).toEqual([])
  })

  test('is nothing when Okta has changed the status again since', async () => {
    await using stage = await setStage({ db })
    const before = new Date(Date.now() - 60_000).toISOString()
    await stage.hub.post(oktaHook([deactivated(LENA.oktaId, before)]))
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    expect(stage.isOpen(LENA.enterpriseUserId)).toBe(true)
  })
})

describe('the same news', () => {
  test.each(['same-event-id', 'new-event-id'] as const)('twice, with the %s, acts once', async (duplicate) => {
    await using stage = await setStage({ db })
    stage.tenants.okta.misbehaveOnDelivery({ duplicate })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await stage.tenants.okta.idle()
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    expect(stage.tenants.okta.deliveries).toHaveLength(2)
    expect(stage.auth0Calls('PATCH')).toBe(2)
  })

  test('in several events that wait together is one run, whose attempt the others point to', async () => {
    await using stage = await setStage({ db })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await statuses(stage)).toEqual(['succeeded']))
    const reads = stage.tenants.okta.calls.length
    await stage.hub.post(oktaHook([1, 2, 3].map(() => deactivated(LENA.oktaId))))
    await eventually(async () => expect(await statuses(stage)).toEqual(Array(4).fill('succeeded')))
    expect(stage.tenants.okta.calls.length).toBe(reads + 1)
    const rows = await db.sql`select collapsed_into is null as stands,
      (select count(*)::int from hub.attempt a where a.delivery_id = d.id) as attempts from hub.delivery d order by seq`
    expect([...rows].slice(1)).toEqual([
      { stands: false, attempts: 0 },
      { stands: false, attempts: 0 },
      { stands: true, attempts: 1 },
    ])
  })
})

test('whatever is changed, lost, doubled and shuffled, Auth0 ends as Okta is once a last hook is delivered', async () => {
  await using stage = await setStage({ db })
  const { okta } = stage.tenants
  const step = fc.record({ drop: fc.boolean(), twice: fc.boolean(), rank: fc.nat(1000), wait: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const hooks: { rank: number; body: unknown }[] = []
      for (const { drop, twice, rank, wait } of steps) {
        // Two changes in one millisecond would have no order in any clock.
        await sleep(2)
        const shut = okta.users.get(LENA.oktaId).status === 'DEPROVISIONED'
        stage.silently(LENA.oktaId, shut ? 'activate' : 'deactivate')
        const hook = oktaHook([
          userEvent({ type: `user.lifecycle.${shut ? 'activate' : 'deactivate'}`, userId: LENA.oktaId }),
        ])
        if (wait) await stage.hub.post(hook)
        if (!drop) hooks.push({ rank, body: hook })
        if (twice) hooks.push({ rank: 1000 - rank, body: hook })
      }
      await Promise.all(hooks.toSorted((a, b) => a.rank - b.rank).map(({ body }) => stage.hub.post(body)))
      await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
      const shut = okta.users.get(LENA.oktaId).status === 'DEPROVISIONED'
      await eventually(async () => {
        expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0)
        expect([LENA.enterpriseUserId, LENA.databaseUserId].map(shut ? stage.isShut : stage.isOpen)).toEqual([
          true,
          true,
        ])
      })
    }),
    { numRuns: 12 },
  )
})
