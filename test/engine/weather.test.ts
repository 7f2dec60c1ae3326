import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connectors as installed } from '../../connectors/index.ts'
import type { Misbehaviour } from '../../lab/simulators/weather.ts'
import { defineConnector } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { testTiming } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()

const users = [LENA.enterpriseUserId, LENA.databaseUserId]

const settled = async ({ hub }: Stage) =>
  eventually(async () => expect((await hub.deliveries()).map(({ status }) => status)).not.toContain('pending'))

describe('bad weather at Auth0', () => {
  const storms: [string, Misbehaviour][] = [
    ['429 with a reset far away, on the write', { method: 'PATCH', status: 429, resetSeconds: 2, times: 1 }],
    [
      '429 with a reset far away, on a search',
      { path: '/api/v2/users-by-email', status: 429, resetSeconds: 2, times: 1 },
    ],
    ['500 on the write', { method: 'PATCH', status: 500, times: 2 }],
    ['500 on the revoke', { method: 'POST', path: /revoke-access/, status: 500, times: 2 }],
    ['500 on every read', { method: 'GET', status: 500, times: 4 }],
    ['500 on the token', { path: '/oauth/token', status: 500, times: 1 }],
    ['a late answer to a write that was done', { method: 'PATCH', lateMs: 1300, times: 1 }],
    ['a late answer to a revoke that was done', { method: 'POST', path: /revoke-access/, lateMs: 1300, times: 1 }],
    ['a connection cut before the write', { method: 'PATCH', cut: 'before', times: 1 }],
    ['a connection cut midway through the answer', { method: 'PATCH', cut: 'midway', times: 1 }],
    ['a connection cut after the write', { method: 'PATCH', cut: 'after', times: 1 }],
    ['a connection cut after the revoke', { method: 'POST', path: /revoke-access/, cut: 'after', times: 1 }],
    ['a connection cut while reading', { method: 'GET', cut: 'midway', times: 2 }],
  ]

  test.each(storms)('leaves the person shut, nothing owed, with few writes: %s', async (_, storm) => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    for (const userId of users) auth0.sessions.open({ userId, clientId: 'app' })
    auth0.misbehave(storm)
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    await settled(stage)
    expect(await stage.hub.journal.records.listOwed({ open: true })).toEqual([])
    expect(stage.auth0Calls('PATCH')).toBeLessThanOrEqual(2 + (storm.times ?? 0))
    expect(stage.auth0Calls('POST')).toBeLessThanOrEqual(2 + 2 * (storm.times ?? 0))
  })

  test('of one user does not keep the person’s other user open', async () => {
    await using stage = await setStage({ db })
    stage.tenants.auth0.misbehave({ method: 'PATCH', path: `/api/v2/users/${LENA.enterpriseUserId}`, status: 500 })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(false)
    stage.tenants.auth0.calm()
    await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  })

  test('around one person makes nobody else wait, even with room for one at a time', async () => {
    await using stage = await setStage({ db, concurrency: 1 })
    const { okta, auth0 } = stage.tenants
    auth0.misbehave({ path: /lena/i, status: 500 })
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect((await stage.hub.deliveries())[0]?.attempts).toBeGreaterThan(1))
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
    expect((await stage.hub.deliveries())[0]?.status).toBe('pending')
    auth0.calm()
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  })

  test('that outlasts the schedule lists the work as stuck, alerts once, and goes on', async () => {
    const schedule = {
      ...testTiming.schedule,
      ...{ waitsSeconds: [0.01, 0.01], denyIntervalSeconds: 0.05, stuckAfterSeconds: 0.1 },
    }
    await using stage = await setStage({ db, timing: { schedule }, upkeep: { resync: false } })
    stage.tenants.auth0.misbehave({ method: 'PATCH', status: 500 })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect((await stage.hub.deliveries())[0]?.attempts).toBeGreaterThan(4))
    await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.stuck']))
    const stuck = { afterSeconds: 3600, afterAttempts: 2 }
    expect(await stage.hub.journal.records.listDeliveries({ stuck, limit: 10 })).toHaveLength(1)
    stage.tenants.auth0.calm()
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  })
})

describe('bad weather at Okta', () => {
  test.each<[string, Misbehaviour]>([
    ['a 500', { path: '/api/v1/users', status: 500, times: 2 }],
    ['a 429', { path: '/api/v1/users', status: 429, resetSeconds: 1, times: 1 }],
    ['a cut connection', { path: '/api/v1/users', cut: 'midway', times: 3 }],
    ['a late answer', { path: '/api/v1/users', lateMs: 1300, times: 1 }],
    ['a 502', { path: '/api/v1/users', status: 502, times: 1 }],
  ])('is waited out before anything is written: %s', async (_, storm) => {
    await using stage = await setStage({ db })
    stage.tenants.okta.misbehave(storm)
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    await settled(stage)
  })

  test('opens nobody: a reactivated person stays shut until Okta can be read', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    await settled(stage)
    okta.misbehave({ path: '/api/v1/users', status: 503 })
    okta.users.transition(LENA.oktaId, 'activate')
    await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.attempts).toBeGreaterThan(2))
    expect(users.map(stage.isShut)).toEqual([true, true])
    okta.calm()
    await eventually(() => expect(users.map(stage.isOpen)).toEqual([true, true]))
  })
})

test('what is taken away from somebody who is allowed is deny work too, and outlives the schedule', async () => {
  let isDown = true
  const taken: string[] = []
  const parking = defineConnector({
    id: 'parking',
    sync: {
      on: ['user.account.update_profile'],
      plan: async ({ person }) => ({
        changes: taken.includes(person.authorityId)
          ? []
          : [{ direction: 'deny', target: person.authorityId, action: 'take', summary: 'Take the parking space back' }],
      }),
      apply: async ({ change }) => {
        if (isDown) throw new Error('The barrier is down')
        taken.push(change.target)
      },
    },
  })
  const schedule = { ...testTiming.schedule, giveUpAfterSeconds: 0.3, denyIntervalSeconds: 0.1 }
  await using stage = await setStage({ db, connectors: [...installed, parking], timing: { schedule } })
  stage.tenants.okta.users.updateProfile(LENA.oktaId, { firstName: 'Moved' })
  const atParking = async () => (await stage.hub.journal.records.listDeliveries({ connector: 'parking', limit: 10 }))[0]
  await sleep(schedule.giveUpAfterSeconds * 3000)
  await eventually(async () => expect((await atParking())?.attempts).toBeGreaterThan(4))
  expect(await atParking()).toMatchObject({ status: expect.stringMatching(/pending|running/), direction: 'deny' })
  isDown = false
  await eventually(async () => expect((await atParking())?.status).toBe('succeeded'))
  expect(taken).toEqual([LENA.oktaId])
})
