import { expect, test } from 'vitest'
import { startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, setStage } from '../support/stage.ts'

const db = await testDatabase()
const users = [LENA.enterpriseUserId, LENA.databaseUserId]

/** The hub beside a second org, in which another person has Lena's e-mail. */
async function beside(status?: 'deactivate') {
  const other = await startTenants()
  const namesake = other.okta.users.seed({
    id: '00uLENAINEUROPE0001',
    profile: { login: 'lena.eu@acme-demo.test', email: LENA.email, firstName: 'Lena', lastName: 'Other' },
  })
  other.okta.users.remove(LENA.oktaId)
  if (status) other.okta.users.transition(namesake.id, status)
  const settings = {
    HUB_INSTANCES: 'okta_eu:okta',
    AUTH0_AUTHORITIES: 'okta,okta_eu',
    OKTA_EU_ORG_URL: other.okta.url,
    OKTA_EU_API_TOKEN: other.okta.token,
    OKTA_EU_HOOK_SECRETS: 'eu-secret',
  }
  const stage = await setStage({ db, settings })
  return {
    other,
    stage,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      await other.close()
    },
  }
}

test('an e-mail that somebody allowed holds in another org shuts nobody found by it, and is shown as a conflict', async () => {
  await using both = await beside()
  const { stage } = both
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.status).toBe('held'))
  expect(await stage.hub.alerts()).toEqual(['hub.alert.conflict'])
  // What is Lena's own by its id is shut all the same.
  expect(users.map(stage.isShut)).toEqual([true, false])
  expect(stage.isOpen(LENA.databaseUserId)).toBe(true)
})

test('an e-mail whose other holder has left the other org too is no conflict', async () => {
  await using both = await beside('deactivate')
  both.stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(users.map(both.stage.isShut)).toEqual([true, true]))
})

test.each([
  ['down', 503],
  ['refusing the credential', 401],
])('another org that is %s keeps no account open that is the leaver’s own, and pauses nobody', async (_, status) => {
  await using both = await beside('deactivate')
  const { stage, other } = both
  const end = other.okta.misbehave({ method: 'GET', path: '/api/v1/users', status })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.attempts).toBeGreaterThan(1))
  expect(stage.isOpen(LENA.databaseUserId)).toBe(true)
  expect(await stage.hub.journal.queue.listConnectorStates()).toEqual([])
  end()
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
})
