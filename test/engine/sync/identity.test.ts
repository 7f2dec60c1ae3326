import { describe, expect, test } from 'vitest'
import { CAST } from '../../../lab/simulators/seed.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, testTiming, userEvent } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()

const lastStatus = async ({ hub }: Stage) => (await hub.deliveries()).at(-1)?.status
const profile = (login: string, email = login) => ({ login, email, firstName: 'Some', lastName: 'Body' })

describe('an e-mail', () => {
  test('that somebody allowed holds too locks nobody out, and is shown as a conflict', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    const other = okta.users.seed({
      id: '00uOTHERLENA0000001',
      profile: profile('lena.old@acme-demo.test', LENA.email),
    })
    okta.users.transition(other.id, 'deactivate')
    await eventually(async () => expect(await lastStatus(stage)).toBe('held'))
    expect(await stage.hub.alerts()).toEqual(['hub.alert.conflict'])
    expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isOpen)).toEqual([true, true])
    expect(stage.auth0Calls('PATCH')).toBe(0)
  })

  test('of before is still searched for when the person leaves', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    await stage.hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })]))
    await eventually(async () => expect(await lastStatus(stage)).toBe('succeeded'))
    okta.users.updateProfile(LENA.oktaId, profile('lena.new@acme-demo.test'))
    await eventually(async () => expect(await stage.hub.deliveries()).toHaveLength(2))
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
  })

  test('that two people share is written to by one run at a time', async () => {
    await using stage = await setStage({ db })
    const { okta } = stage.tenants
    const other = okta.users.seed({
      id: '00uOTHERLENA0000001',
      profile: profile('lena.old@acme-demo.test', LENA.email),
    })
    stage.tenants.auth0.misbehave({ method: 'PATCH', delayMs: 300, times: 2 })
    okta.users.transition(LENA.oktaId, 'deactivate')
    okta.users.transition(other.id, 'deactivate')
    await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
    await eventually(async () =>
      expect((await stage.hub.deliveries()).map(({ status }) => status)).not.toContain('pending'),
    )
    // The user that both were found by was written by one of them, and the other saw whose it is.
    const writes = stage.tenants.auth0.calls.filter(({ method, path }) => method === 'PATCH' && path.includes('lena01'))
    expect(writes).toHaveLength(1)
  })
})

test('a re-hire under a new Okta id gets their own account, and what the old id shut stays shut', async () => {
  await using stage = await setStage({ db })
  const { okta, auth0 } = stage.tenants
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
  okta.users.remove(LENA.oktaId)
  const again = okta.users.create({ profile: profile(LENA.email), hasPassword: true, activate: true })
  const own = auth0.users.seed({ connection: CAST.connections.enterprise, id: again.id, email: LENA.email })
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: again.id })]))
  await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.conflict'))
  expect(stage.isOpen(own.user_id)).toBe(true)
  expect([LENA.enterpriseUserId, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true])

  // News of the old id, however late, do not touch the account of the new one.
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await eventually(async () =>
    expect((await stage.hub.deliveries()).map(({ status }) => status)).not.toContain('pending'),
  )
  expect(stage.isOpen(own.user_id)).toBe(true)
})

test('an account made after the lockout is shut too when the person is looked at again', async () => {
  const schedule = { ...testTiming.schedule, searchAgainWaitsSeconds: [0.3, 0.3] }
  await using stage = await setStage({ db, timing: { schedule } })
  const { okta, auth0 } = stage.tenants
  const nina = okta.users.seed({ id: '00uNINA000000000001', profile: profile('nina@acme-demo.test') })
  okta.users.transition(nina.id, 'deactivate')
  await eventually(async () => expect(await lastStatus(stage)).toBe('no_match'))
  const late = auth0.users.seed({ connection: CAST.connections.database, id: 'nina', email: 'nina@acme-demo.test' })
  await eventually(() => expect(stage.isShut(late.user_id)).toBe(true))
})

describe('an administrator of Auth0', () => {
  test('who blocked a user keeps them blocked when the hub opens its own lock', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    auth0.users.patch(OMAR.enterpriseUserId, { blocked: true })
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
    okta.users.transition(OMAR.oktaId, 'activate')
    await eventually(() =>
      expect(auth0.users.get(OMAR.enterpriseUserId).app_metadata.okta).toMatchObject({ deactivated: false }),
    )
    expect(auth0.users.get(OMAR.enterpriseUserId).blocked).toBe(true)
  })

  test('who unblocks a leaver is put right by the next news of them', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
    auth0.users.patch(OMAR.enterpriseUserId, { blocked: false })
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: OMAR.oktaId })]))
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  })

  test('who put something else under the hub’s key is told of a conflict, and nothing of theirs is overwritten', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    auth0.users.patch(OMAR.enterpriseUserId, { app_metadata: { okta: { theirs: true } } })
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(async () => expect(await lastStatus(stage)).toBe('held'))
    expect(await stage.hub.alerts()).toEqual(['hub.alert.conflict'])
    expect(auth0.users.get(OMAR.enterpriseUserId).app_metadata.okta).toEqual({ theirs: true })
  })
})
