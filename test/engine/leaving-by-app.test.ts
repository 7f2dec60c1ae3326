import { expect, test } from 'vitest'
import { registerEventHook } from '../../lab/environment.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, setStage } from '../support/stage.ts'

const db = await testDatabase()
const users = [LENA.enterpriseUserId, LENA.databaseUserId]
const membership = ['application.user_membership', 'group.user_membership'].flatMap((family) => [
  `${family}.add`,
  `${family}.remove`,
])

/** The hub with a clock that can be moved on; Lena has the app, and that is journaled. */
async function begin(settings: Record<string, string> = { OKTA_LEAVE_APPS: '0oaCRM' }) {
  let ahead = 0
  const stage = await setStage({
    db,
    settings,
    clock: { now: () => new Date(Date.now() + ahead) },
    upkeep: { resync: false },
  })
  const { okta } = stage.tenants
  okta.applications.seed({ id: '0oaCRM', label: 'CRM', users: [LENA.oktaId] })
  okta.applications.seed({ id: '0oaOTHER', label: 'Other', users: [LENA.oktaId] })
  await registerEventHook(okta, { url: `${stage.hub.url}/hooks/okta`, types: membership, name: 'memberships' })
  await stage.hub.resync({ source: 'okta', mode: { kind: 'full' }, signal: AbortSignal.timeout(30_000) })
  const settle = () =>
    eventually(async () =>
      expect(await db.sql`select last_error from hub.delivery where status = 'pending'`).toEqual([]),
    )
  await settle()
  return {
    ...{ stage, okta, settle },
    moveOn: (minutes: number) => {
      ahead += minutes * 60_000
    },
    /** Waits until the loss was read, and is to be read again. */
    waitForDoubt: () =>
      eventually(async () =>
        expect((await stage.hub.deliveries()).at(-1)).toMatchObject({
          status: 'pending',
          lastError: expect.stringContaining('read again'),
        }),
      ),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  }
}

test('who loses the app that was named is locked out ten minutes later, and let in when it is given back (case 38)', async () => {
  await using given = await begin()
  const { stage, okta } = given
  okta.applications.unassign('0oaCRM', LENA.oktaId)
  await given.waitForDoubt()
  expect(users.map(stage.isOpen)).toEqual([true, true])
  given.moveOn(11)
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  await given.settle()
  expect(stage.tenants.auth0.users.get(LENA.databaseUserId).app_metadata.okta).toMatchObject({ status: 'left' })
  okta.applications.assign('0oaCRM', LENA.oktaId)
  await eventually(() => expect(users.map(stage.isOpen)).toEqual([true, true]))
})

test('an app that is given back within the ten minutes locks nobody out (case 38)', async () => {
  await using given = await begin()
  given.okta.applications.unassign('0oaCRM', LENA.oktaId)
  await given.waitForDoubt()
  given.okta.applications.assign('0oaCRM', LENA.oktaId)
  given.moveOn(11)
  await given.settle()
  expect(users.map(given.stage.isOpen)).toEqual([true, true])
})

test('an app that was deactivated locks nobody out, and is alerted (case 38)', async () => {
  await using given = await begin()
  given.okta.applications.unassign('0oaCRM', LENA.oktaId)
  await given.waitForDoubt()
  given.okta.applications.setStatus('0oaCRM', 'INACTIVE')
  given.moveOn(11)
  await eventually(async () => expect(await given.stage.hub.alerts()).toEqual(['hub.alert.unknown_status']))
  expect(users.map(given.stage.isOpen)).toEqual([true, true])
  // The alert is raised before the lane is settled.
  await eventually(async () => {
    const held = (await given.stage.hub.deliveries()).find(({ status }) => status === 'held')
    expect(held?.lastError).toBe('Whether the person has left cannot be told: 0oaCRM is INACTIVE.')
  })
})

test.each([
  { what: 'an app that no setting names', settings: { OKTA_LEAVE_APPS: '0oaCRM' }, lost: '0oaOTHER' },
  { what: 'an app while no setting names any', settings: {}, lost: '0oaCRM' },
])('losing $what is recorded, and nobody is looked at (case 38)', async ({ settings, lost }) => {
  await using given = await begin(settings)
  const before = (await given.stage.hub.deliveries()).length
  given.okta.applications.unassign(lost, LENA.oktaId)
  await eventually(async () =>
    expect(await db.sql`select 1 from hub.event where type = 'application.user_membership.remove'`).toHaveLength(1),
  )
  expect((await given.stage.hub.deliveries()).filter(({ kind }) => kind === 'sync')).toHaveLength(before)
})

test('with HUB_MODE=observe a lost app is planned for and nobody is locked out (case 38)', async () => {
  await using given = await begin({ OKTA_LEAVE_APPS: '0oaCRM', HUB_MODE: 'observe' })
  given.okta.applications.unassign('0oaCRM', LENA.oktaId)
  await given.waitForDoubt()
  given.moveOn(11)
  await given.settle()
  const [last] = await db.sql`select outcome, state ->> 'status' as status from hub.attempt order by id desc limit 1`
  expect(last).toEqual({ outcome: 'observed', status: 'left' })
  expect(users.map(given.stage.isOpen)).toEqual([true, true])
})

test('the brake stops a group that was emptied by mistake (case 38)', async () => {
  await using given = await begin({ OKTA_LEAVE_GROUPS: '00gSTAFF', HUB_BRAKE_PEOPLE: '1' })
  const { okta, stage } = given
  const ids = [LENA.oktaId, ...okta.users.list().map(({ id }) => id)]
  const everybody = [...new Set(ids)]
  okta.groups.seed({ id: '00gSTAFF', name: 'Staff', members: everybody })
  await stage.hub.resync({ source: 'okta', mode: { kind: 'full' }, signal: AbortSignal.timeout(30_000) })
  await given.settle()
  for (const id of everybody) okta.groups.removeMember('00gSTAFF', id)
  await given.waitForDoubt()
  given.moveOn(11)
  await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.brake'))
})
