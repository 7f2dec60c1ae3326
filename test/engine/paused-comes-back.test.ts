import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { setBundledStage } from '../support/bundled-stage.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const stage = await setBundledStage(db)
const { ask } = stage
const vendors = { ...stage, auth0: stage.tenants.auth0 }
afterAll(() => stage[Symbol.asyncDispose]())
afterEach(() => Object.values(vendors).forEach((one) => void ('calm' in one && one.calm())))

const isPaused = async (id: string) =>
  (await stage.hub.journal.queue.listConnectorStates()).some((one) => one.id === id && one.pausedUntil !== null)
const paused = (id: string) => eventually(async () => expect(await isPaused(id)).toBe(true))
const resumed = (id: string) => eventually(async () => expect(await isPaused(id)).toBe(false))
const probesOf = (connector: 'knowbe4' | 'pagerduty' | 'auth0', path: RegExp) =>
  vendors[connector].calls.filter((call) => path.test(call.path)).length

describe('a connector that is paused for its credential comes back by its neutral read', () => {
  test.each([
    ['knowbe4', 'validate', /\/v1\/account/],
    ['pagerduty', 'preapprove', /\/oncalls/],
  ] as const)('though questions alone come: %s', async (connector, kind, path) => {
    vendors[connector].misbehave({ status: 401 })
    expect((await ask(connector, kind, { length: 3600 })).status).toBe(200)
    await paused(connector)
    const before = probesOf(connector, path)
    await eventually(() => expect(probesOf(connector, path)).toBeGreaterThan(before))
    expect(await isPaused(connector)).toBe(true)
    vendors[connector].calm()
    await resumed(connector)
  })

  test('though provisions alone come: auth0, and the late one is not carried out', async () => {
    vendors.auth0.misbehave({ status: 401 })
    const about = { permissions: ['billing'] }
    expect((await ask('auth0', 'provision', about)).status).toBe(503)
    await paused('auth0')
    expect((await ask('auth0', 'provision', about)).status).toBe(503)
    vendors.auth0.calm()
    await resumed('auth0')
    await eventually(async () => {
      const open = (await stage.hub.deliveries()).filter(
        ({ kind, status }) => kind === 'provision' && status === 'pending',
      )
      expect(open).toEqual([])
    })
    expect(await db.sql`select 1 from hub.access_grant where connector = 'auth0'`).toHaveLength(0)
    expect((await ask('auth0', 'provision', about)).status).toBe(204)
  })
})

test('a connector without a neutral read comes back with the next provision, and late ones neither keep it paused nor are done', async () => {
  stage.relay.misbehave({ status: 401 })
  const about = { permissions: ['impersonate'] }
  expect((await ask('relay', 'provision', about)).status).toBe(503)
  await paused('relay')
  // Those that wait out the pause are late by then: each is taken, asks nobody, and the connector is as it was.
  expect((await ask('relay', 'provision', about)).status).toBe(503)
  stage.relay.calm()
  const calls = stage.relay.calls.length
  await eventually(async () => {
    const [state] = await db.sql`select paused_until <= now() as due from hub.connector where id = 'relay'`
    expect(state?.due).toBe(true)
  })
  expect(stage.relay.calls.length).toBe(calls)
  expect((await ask('relay', 'provision', about)).status).toBe(204)
  await resumed('relay')
  expect(await db.sql`select 1 from hub.access_grant where connector = 'relay' and ended_at is null`).toHaveLength(1)
})
