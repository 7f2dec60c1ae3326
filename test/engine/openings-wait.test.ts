import { expect, test } from 'vitest'
import { makeWorkScope } from '../../src/runtime/work-scope.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, setStage } from '../support/stage.ts'

const db = await testDatabase()

test('while a vendor has nothing left, openings wait and lockouts are made', async () => {
  await using stage = await setStage({ db, scope: makeWorkScope() })
  const { users } = stage.tenants.okta
  users.transition(OMAR.oktaId, 'suspend')
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  await eventually(async () => expect(await stage.hub.deliveries()).toMatchObject([{ status: 'succeeded' }]))

  // Another process met a 429.
  const empty = { connector: 'auth0', made: [0, 0, 0, 0, 0], stated: null, seen: { emptiedSeconds: 3 } }
  await stage.hub.journal.queue.takeCalls({ ...empty, callClass: 'denial', wanted: 0 })
  const [budget] = stage.hub.installed.flatMap(({ id, budget: one }) => (id === 'auth0' && one ? [one] : []))
  await eventually(async () => expect((await budget?.take('opening', 1))?.granted).toBe(0))
  const before = stage.auth0Calls('PATCH')
  users.transition(OMAR.oktaId, 'unsuspend')
  users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  const waits = (await stage.hub.deliveries())[1]
  expect(waits).toMatchObject({ status: 'pending', attempts: 0 })
  expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true)
  expect(stage.auth0Calls('PATCH')).toBeGreaterThan(before)
  await eventually(() => expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true))
})
