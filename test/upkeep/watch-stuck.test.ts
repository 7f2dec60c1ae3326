import { expect, test } from 'vitest'
import type { Log } from '../../src/core/log.ts'
import { eventually } from '../support/eventually.ts'
import { testTiming } from '../support/hub.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()
/** Tried again and again, and stuck after two seconds as the real one is after two minutes. */
const timing = { schedule: { ...testTiming.schedule, denyIntervalSeconds: 0.1, stuckAfterSeconds: 2 } }
const upkeep = { resync: false }

type Line = { facts: Record<string, unknown>; message: string }

function listen(): { log: Log; warnings: Line[] } {
  const warnings: Line[] = []
  const nothing = () => {}
  const warn = (facts: Record<string, unknown>, message: string) => void warnings.push({ facts, message })
  return { warnings, log: { debug: nothing, info: nothing, error: nothing, warn } }
}

const stuckAlerts = async ({ hub }: Stage) => {
  const rows = await hub.sql<{ data: Record<string, unknown> }[]>`
    select data from hub.event where type = 'hub.alert.stuck' order by id`
  return rows.map(({ data }) => data)
}

test('a lockout whose vendor is down is said at each try, alerted once, measured, and over when the vendor is back', async () => {
  const { log, warnings } = listen()
  await using stage = await setStage({ db, timing, upkeep, log })
  const { okta, auth0 } = stage.tenants
  auth0.misbehave({ method: 'PATCH', status: 503 })
  okta.users.transition(LENA.oktaId, 'deactivate')

  await eventually(async () => expect(await stuckAlerts(stage)).toHaveLength(1))
  const [row] = await stage.hub.journal.records.listStuck({ afterSeconds: 1, afterAttempts: 9, limit: 5 })
  const ids = { delivery: row?.delivery, event: row?.event, person: row?.person, connector: 'auth0' }
  expect(await stuckAlerts(stage)).toMatchObject([
    { ...ids, cause: expect.stringMatching(/^(failing|waiting)$/), about: row?.lane },
  ])
  const failures = () => warnings.filter(({ message }) => message === 'A lockout or a revoke failed')
  await eventually(() => expect(failures().length).toBeGreaterThan(5))
  expect(
    failures()
      .slice(0, 3)
      .map(({ facts }) => facts.tries),
  ).toEqual([1, 2, 3])
  for (const { facts } of failures()) {
    expect(facts).toMatchObject({ ...ids, kind: 'sync', outcome: 'retry', error: expect.stringContaining('503') })
    expect(facts.nextTrySeconds).toBeGreaterThan(0)
  }
  const metrics = await (await fetch(`${stage.hub.url}/metrics`)).text()
  expect(Number(/^bellhop_oldest_denial_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(2)

  auth0.calm()
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  await eventually(async () => expect(await stage.hub.journal.records.measureOldestDenial()).toBe(0))
  expect(await stuckAlerts(stage)).toHaveLength(1)
})

test('lockouts that wait for a paused connector are alerted as one', async () => {
  await using stage = await setStage({ db, timing: { ...timing, probeSeconds: 60 }, upkeep })
  const { okta, auth0 } = stage.tenants
  auth0.misbehave({ path: '/api/v2/users', status: 401 })
  auth0.misbehave({ path: '/api/v2/users-by-email', status: 401 })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.connector_paused'))
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect(await stuckAlerts(stage)).toMatchObject([{ about: 'auth0', cause: 'paused' }]))
})

test('a lockout that waits for an unreadable Okta is stuck', async () => {
  const { log, warnings } = listen()
  await using stage = await setStage({ db, timing, upkeep, log })
  const { okta } = stage.tenants
  okta.misbehave({ path: '/api/v1/users', status: 503 })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect(await stuckAlerts(stage)).toMatchObject([{ connector: 'auth0' }]))
  expect(warnings.map(({ message }) => message)).toContain('A lockout or a revoke failed')
})

test('a lockout that the brake holds is stuck until an operator speaks', async () => {
  await using stage = await setStage({
    db,
    timing,
    upkeep,
    settings: { HUB_BRAKE_PEOPLE: '1', HUB_BRAKE_PERCENT: '0' },
  })
  const { okta } = stage.tenants
  const { records, orders } = stage.hub.journal
  okta.users.transition(LENA.oktaId, 'deactivate')
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect(await stuckAlerts(stage)).toMatchObject([{ about: 'brake', cause: 'brake' }]))
  const limits = { afterSeconds: 0, afterAttempts: 9, limit: 5 }
  const stuckIsOver = async () =>
    (
      await stage.hub
        .sql`select 1 from hub.event where type = 'hub.alert.resolved' and data ->> 'resolves' = 'hub.alert.stuck'`
    ).length
  await stage.hub.sql`update hub.alert set seen_at = seen_at - interval '20 s'`
  expect(await records.listStuck(limits)).toMatchObject([{ cause: 'brake' }])
  await orders.orderHolds({
    id: 'brk_1',
    kind: 'cancel',
    person: null,
    direction: null,
    reason: 'a mistake',
    ...operator(),
  })
  expect(await records.listStuck(limits)).toEqual([])
  await eventually(async () => expect(await stuckIsOver()).toBe(1))
})
