import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { testTiming } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const timing = { schedule: { ...testTiming.schedule, searchAgainWaitsSeconds: [0.3, 0.3] } }

test('a user whom the search shows late is locked too, though others were found (case 13)', async () => {
  await using stage = await setStage({ db, timing, tenants: { auth0: { searchLagMs: Number.POSITIVE_INFINITY } } })
  const { okta, auth0 } = stage.tenants
  const late = auth0.users.seed({ connection: 'google-oauth2', id: 'late', email: LENA.email.toUpperCase() })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
  expect(stage.isOpen(late.user_id)).toBe(true)
  auth0.users.refreshSearchIndex()
  await eventually(() => expect(stage.isShut(late.user_id)).toBe(true))
})

test('later searches end, use no attempt up and write nothing when nothing has changed (case 13)', async () => {
  await using stage = await setStage({ db, timing })
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  const done = { status: 'succeeded', attempts: 1, rechecks: 3, next: null }
  await eventually(async () =>
    expect(await db.sql`select status, attempts, rechecks, next_attempt_at as next from hub.delivery`).toEqual([done]),
  )
  expect(stage.auth0Calls('PATCH')).toBe(1)
  expect(stage.auth0Calls('POST', '/users')).toBe(1)
  expect(await stage.hub.alerts()).toEqual([])
})

test('who is let in meanwhile stays in, and nothing owed to the denial is left (case 13)', async () => {
  await using stage = await setStage({
    db,
    timing: { schedule: { ...testTiming.schedule, searchAgainWaitsSeconds: [3, 3] } },
  })
  const { okta } = stage.tenants
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  okta.users.transition(OMAR.oktaId, 'activate')
  await eventually(() => expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true))
  await eventually(async () =>
    expect(await db.sql`select 1 from hub.delivery where next_attempt_at is not null or status = 'pending'`).toEqual(
      [],
    ),
  )
  expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)
})

test('a profile without room is blocked and logged out at once, and an operator hears of it (case 17)', async () => {
  await using stage = await setStage({ db, tenants: { auth0: { metadataBytes: 20 } } })
  const { okta, auth0 } = stage.tenants
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.partly_written']))
  expect(auth0.users.get(OMAR.enterpriseUserId).blocked).toBe(true)
  expect(auth0.sessions.ofUser(OMAR.enterpriseUserId)).toEqual([])
  const tried = { status: 'pending', lastError: expect.stringContaining('400') }
  await eventually(async () => expect(await stage.hub.deliveries()).toMatchObject([tried]))
})
