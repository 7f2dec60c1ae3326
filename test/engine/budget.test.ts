import { expect, test } from 'vitest'
import { countCalls } from '../connectors/auth0-bench.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()

const done = async ({ hub }: Stage) =>
  eventually(async () => expect((await hub.deliveries()).at(-1)?.status).toBe('succeeded'))

const oktaCalls = ({ tenants }: Stage) => tenants.okta.calls.map(({ method, path }) => `${method} ${path}`)

test('one deactivation is one read at Okta, and per Auth0 user two reads, one write and one revoke', async () => {
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await done(stage)
  expect(oktaCalls(stage)).toEqual([`GET /api/v1/users/${OMAR.oktaId}`])
  const { 'GET /users': search = 0, 'GET /users-by-email': exact = 0, ...rest } = countCalls(stage.tenants.auth0)
  expect(search + exact).toBeLessThanOrEqual(3)
  expect(rest).toEqual({ 'GET /users/:id': 2, 'PATCH /users/:id': 1, 'POST /users/:id/revoke-access': 1 })
})

test('a user found by e-mail alone costs the question who else holds that e-mail, and no search more', async () => {
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await done(stage)
  const [first, ...others] = oktaCalls(stage)
  expect(first).toBe(`GET /api/v1/users/${LENA.oktaId}`)
  expect(others).toEqual(['GET /api/v1/users', 'GET /api/v1/users'])
  const { 'GET /users': search = 0, 'GET /users-by-email': exact = 0, ...rest } = countCalls(stage.tenants.auth0)
  expect(search + exact).toBeLessThanOrEqual(3)
  expect(rest).toEqual({ 'GET /users/:id': 4, 'PATCH /users/:id': 2, 'POST /users/:id/revoke-access': 2 })
})

test('news of somebody who is shut already write nothing', async () => {
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await done(stage)
  const before = writesIn(stage)
  await stage.hub.queueSync([{ source: 'okta', authorityId: OMAR.oktaId }], { reason: 'nightly' })
  await eventually(async () => expect(await stage.hub.deliveries()).toHaveLength(2))
  await done(stage)
  expect(before).toEqual([1, 1])
  expect(writesIn(stage)).toEqual(before)
})

test('somebody who was let in and shut again unseen is written and logged out once more, not taken for shut', async () => {
  await using stage = await setStage({ db })
  const { okta } = stage.tenants
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await done(stage)
  stage.silently(OMAR.oktaId, 'activate')
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect(await stage.hub.deliveries()).toHaveLength(2))
  await done(stage)
  expect(writesIn(stage)).toEqual([2, 2])
})

function writesIn({ tenants }: Stage) {
  const calls = countCalls(tenants.auth0)
  return [calls['PATCH /users/:id'], calls['POST /users/:id/revoke-access']]
}
