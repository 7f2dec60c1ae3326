import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connectors as installed } from '../../connectors/index.ts'
import { CredentialError, defineConnector } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { testTiming } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()

const users = [LENA.enterpriseUserId, LENA.databaseUserId]

const deliveries = async ({ hub }: Stage) =>
  (await hub.deliveries()).map(({ status, attempts }) => ({ status, attempts }))

describe('a refused credential', () => {
  test('pauses the connector with an alert, uses nothing up, and work resumes by itself when it is good again', async () => {
    const client = { clientId: 'hub', clientSecret: 'good' }
    await using stage = await setStage({ db, tenants: { auth0: { clients: [client] } } })
    const { okta, auth0 } = stage.tenants
    const settings = { ...client }
    client.clientSecret = 'rotated'
    auth0.tokens.revoke()
    okta.users.transition(LENA.oktaId, 'deactivate')
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.connector_paused']))
    await eventually(async () =>
      expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([{ id: 'auth0' }]),
    )
    const waiting = Array(2).fill({ status: 'pending', attempts: 0 })
    expect(await deliveries(stage)).toEqual(waiting)

    // Probed one at a time, a few times, all in vain.
    await eventually(async () => expect((await db.sql`select 1 from hub.attempt`).length).toBeGreaterThan(4))
    expect(await deliveries(stage)).toEqual(waiting)
    expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)

    client.clientSecret = settings.clientSecret
    await eventually(() => expect([...users, OMAR.enterpriseUserId].map(stage.isShut)).toEqual([true, true, true]))
    await eventually(async () =>
      expect(await deliveries(stage)).toEqual(Array(2).fill({ status: 'succeeded', attempts: 1 })),
    )
    expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([{ id: 'auth0', pausedUntil: null }])
  })

  test('that a new token mends is nobody’s business', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
    auth0.tokens.revoke()
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    await eventually(async () => expect((await deliveries(stage)).at(-1)).toEqual({ status: 'succeeded', attempts: 1 }))
    expect(await stage.hub.alerts()).toEqual([])
  })

  test('of Okta’s opens nobody and shuts nobody, and pauses what asks Okta', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    okta.credentials.revoke(okta.token)
    okta.users.transition(LENA.oktaId, 'activate')
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.connector_paused']))
    expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([
      { id: 'okta', reason: expect.stringContaining('401') },
    ])
    expect(users.map(stage.isShut)).toEqual([true, true])
    expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)
  })
})

describe('an expired Okta token', () => {
  test('pauses with one alert, uses nothing up, shuts nobody on the hook alone, and work resumes by itself', async () => {
    await using stage = await setStage({ db, settings: { HUB_PROVISIONAL_DENY: 'false' } })
    const { okta } = stage.tenants
    const everybody = [...users, OMAR.enterpriseUserId]
    // Both are linked: what provisional deny would act on is there.
    for (const { oktaId } of [LENA, OMAR]) okta.users.updateProfile(oktaId, { firstName: 'Known' })
    await eventually(async () =>
      expect(await deliveries(stage)).toEqual(Array(2).fill({ status: 'succeeded', attempts: 1 })),
    )
    const writes = stage.auth0Calls('PATCH')

    const renewed = okta.misbehave({ path: '/api/v1/users', status: 401 })
    okta.users.transition(LENA.oktaId, 'deactivate')
    okta.users.transition(OMAR.oktaId, 'suspend')
    await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.connector_paused']))
    expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([
      { id: 'okta', pausedSince: expect.anything() },
    ])
    // Probed a few times, all in vain.
    await eventually(async () =>
      expect((await db.sql`select 1 from hub.attempt where outcome = 'credential'`).length).toBeGreaterThan(3),
    )
    const waiting = (await deliveries(stage)).slice(2)
    expect(waiting).toEqual(Array(2).fill({ status: 'pending', attempts: 0 }))
    expect(everybody.map(stage.isOpen)).toEqual([true, true, true])
    expect(stage.auth0Calls('PATCH')).toBe(writes)

    renewed()
    await eventually(() => expect(everybody.map(stage.isShut)).toEqual([true, true, true]))
    await eventually(async () =>
      expect((await deliveries(stage)).slice(2)).toEqual(Array(2).fill({ status: 'succeeded', attempts: 1 })),
    )
    expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([{ id: 'okta', pausedUntil: null }])
    expect(await stage.hub.alerts()).toEqual(['hub.alert.connector_paused'])
  })
})

describe('revoking', () => {
  test('stays owed and is alerted while its right is missing, and is done when the right appears', async () => {
    const scopes = ['read:users', 'update:users', 'update:users_app_metadata']
    const clients = [{ clientId: 'hub', clientSecret: 'good', scopes }]
    await using stage = await setStage({ db, tenants: { auth0: { clients } } })
    const { okta, auth0 } = stage.tenants
    for (const userId of users) auth0.sessions.open({ userId, clientId: 'app' })
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.missing_right']))
    expect(users.map((id) => auth0.users.get(id).blocked)).toEqual([true, true])
    expect(await stage.hub.journal.records.listOwed({ open: true })).toHaveLength(2)
    expect(await deliveries(stage)).toMatchObject([{ status: 'pending' }])
    const writes = stage.auth0Calls('PATCH')

    scopes.push('delete:sessions', 'delete:refresh_tokens')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toEqual([]))
    await eventually(async () => expect(await deliveries(stage)).toMatchObject([{ status: 'succeeded' }]))
    expect(stage.auth0Calls('PATCH')).toBe(writes)
  })

  test('whose right is missing is alerted though another account of the person fails for another reason at the same time', async () => {
    const scopes = ['read:users', 'update:users', 'update:users_app_metadata']
    const clients = [{ clientId: 'hub', clientSecret: 'good', scopes }]
    await using stage = await setStage({ db, tenants: { auth0: { clients } } })
    const { okta, auth0 } = stage.tenants
    for (const userId of users) auth0.sessions.open({ userId, clientId: 'app' })
    auth0.misbehave({ method: 'PATCH', path: /auth0\|665f/, status: 500 })
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.missing_right'))
    const [alert] = await db.sql`select data from hub.event where type = 'hub.alert.missing_right'`
    expect(alert?.data.error).toContain('revoke access')
    await eventually(async () => {
      const [tried] = await db.sql`select outcome, error from hub.attempt order by id limit 1`
      expect(tried).toMatchObject({ outcome: 'retry', error: expect.stringContaining('500') })
    })
  })

  test('that the plan does not have is recorded with what was tried instead, and claimed by nobody', async () => {
    await using stage = await setStage({ db, tenants: { auth0: { enterprise: false } } })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await deliveries(stage)).toEqual([{ status: 'succeeded', attempts: 1 }]))
    const owed = await stage.hub.journal.records.listOwed({ open: false })
    expect(owed.map(({ note }) => note)).toEqual(Array(2).fill(expect.stringMatching(/Not on this plan.*not ended/)))
  })

  test('that is still owed to a person who is allowed again is void', async () => {
    const clients = [{ clientId: 'hub', clientSecret: 'good', scopes: ['read:users', 'update:users'] }]
    await using stage = await setStage({ db, tenants: { auth0: { clients } } })
    const { okta } = stage.tenants
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toHaveLength(2))
    okta.users.transition(LENA.oktaId, 'activate')
    await eventually(() => expect(users.map(stage.isOpen)).toEqual([true, true]))
    await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toEqual([]))
  })
  test('that is owed to a denial outlives the schedule when the status then decides nothing, and is done when its right appears', async () => {
    const scopes = ['read:users', 'update:users', 'update:users_app_metadata']
    const clients = [{ clientId: 'hub', clientSecret: 'good', scopes }]
    const schedule = { ...testTiming.schedule, giveUpAfterSeconds: 0.5, denyIntervalSeconds: 0.2 }
    await using stage = await setStage({ db, tenants: { auth0: { clients } }, timing: { schedule } })
    const { okta, auth0 } = stage.tenants
    const id = '00unopassword0000001'
    const userId = `okta|acme-okta|${id}`
    const [login, email] = ['noa.berg@acme-demo.test', 'noa.berg@acme-demo.test']
    okta.users.seed({ id, hasPassword: false, profile: { login, email, firstName: 'Noa', lastName: 'Berg' } })
    auth0.users.seed({ connection: 'acme-okta', id, email })
    auth0.sessions.open({ userId, clientId: 'app' })
    okta.users.transition(id, 'deactivate')
    await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toHaveLength(1))
    okta.users.transition(id, 'activate')
    expect(okta.users.get(id).status).toBe('PROVISIONED')

    const neutral = async () =>
      (
        await db.sql`select 1 from hub.attempt where state ->> 'access' = 'unchanged'
        and started_at > now() - interval '0.4 s'`
      ).length
    await sleep(schedule.giveUpAfterSeconds * 3000)
    await eventually(async () => expect(await neutral()).toBeGreaterThan(0))
    const { status, direction } = (await stage.hub.journal.records.listDeliveries({ limit: 1 }))[0] ?? {}
    expect({ status, direction }).toEqual({ status: expect.stringMatching(/pending|running/), direction: 'deny' })
    expect(await stage.hub.journal.records.listOwed({ open: true })).toHaveLength(1)

    scopes.push('delete:sessions', 'delete:refresh_tokens')
    await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toEqual([]))
    expect(auth0.sessions.ofUser(userId)).toEqual([])
    await eventually(async () =>
      expect((await deliveries(stage)).every(({ status }) => status === 'succeeded')).toBe(true),
    )
  })
})

test('a paused connector with a neutral read comes back by itself though nothing is due for it, or provisions alone come', async () => {
  let isRefused = true
  const probed = defineConnector({
    id: 'probed',
    probe: () => {
      if (isRefused) throw new CredentialError('refused')
    },
  })
  await using stage = await setStage({ db, connectors: [...installed, probed] })
  const { queue } = stage.hub.journal
  await queue.pause({ id: 'probed', reason: 'refused', probeSeconds: 0.2 })
  await sleep(600)
  expect(await queue.listConnectorStates()).toMatchObject([{ id: 'probed', reason: 'refused' }])
  isRefused = false
  await eventually(async () =>
    expect(await queue.listConnectorStates()).toMatchObject([{ id: 'probed', pausedUntil: null }]),
  )
})

test('a scope that an administrator grants while a logout is owed counts within minutes, with one new token (case 14)', async () => {
  const client = { clientId: 'hub', clientSecret: 'good', scopes: ['read:users', 'update:users'] }
  let aheadMs = 0
  const clock = { now: () => new Date(Date.now() + aheadMs) }
  await using stage = await setStage({ db, clock, tenants: { auth0: { clients: [client] } } })
  const { okta, auth0 } = stage.tenants
  for (const userId of users) auth0.sessions.open({ userId, clientId: 'app' })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.missing_right']))
  // A token keeps the scopes that it was made with.
  client.scopes = [...client.scopes, 'delete:sessions', 'delete:refresh_tokens']
  const tokens = () => auth0.calls.filter(({ path }) => path === '/oauth/token').length
  expect(tokens()).toBe(1)
  aheadMs = 125_000
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  await eventually(async () => expect(await stage.hub.journal.records.listOwed({ open: true })).toEqual([]))
  expect(tokens()).toBe(2)
})
