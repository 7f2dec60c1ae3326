import { describe, expect, test } from 'vitest'
import { personId } from '../../src/core/id.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()
const settings = { AUTH0_ADOPT_REHIRES: 'true' }
const named = (login: string) => ({ login, email: LENA.email, firstName: 'Lena', lastName: 'Park' })

async function leave(stage: Stage): Promise<void> {
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
  await untilSettled(stage, LENA.oktaId)
}

async function untilSettled({ hub }: Stage, authorityId: string): Promise<void> {
  await eventually(async () => {
    const hers = (await hub.journal.records.listDeliveries({ limit: 50 })).filter(
      (row) => row.authorityId === authorityId,
    )
    expect(hers.some(({ settledAt }) => settledAt !== null)).toBe(true)
    expect(hers.map(({ status }) => status)).not.toContain('pending')
  })
}

describe('with AUTH0_ADOPT_REHIRES', () => {
  test('a re-hire is let in again once the old id is deleted at Okta', async () => {
    await using stage = await setStage({ db, settings })
    const { okta } = stage.tenants
    await leave(stage)
    okta.users.remove(LENA.oktaId)
    const again = okta.users.create({ profile: named(LENA.email), hasPassword: true, activate: true })
    await eventually(() => expect(stage.isOpen(LENA.databaseUserId)).toBe(true))
    await untilSettled(stage, again.id)
    // The old id's own enterprise account belongs to the old id alone.
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)

    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
    await untilSettled(stage, LENA.oktaId)
    expect(stage.isOpen(LENA.databaseUserId)).toBe(true)
  })

  test('a re-hire is let in again beside an old id that is deactivated, and not beside one that is suspended', async () => {
    await using stage = await setStage({ db, settings })
    const { okta } = stage.tenants
    okta.users.transition(LENA.oktaId, 'suspend')
    await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
    const again = okta.users.create({ profile: named('lena.again@acme-demo.test'), hasPassword: true, activate: true })
    await untilSettled(stage, again.id)
    expect(stage.isShut(LENA.databaseUserId)).toBe(true)
    expect(
      (await stage.hub.journal.records.listOpenConflicts(personId({ source: 'okta', authorityId: again.id }))).length,
    ).toBe(1)

    okta.users.transition(LENA.oktaId, 'deactivate')
    await untilSettled(stage, LENA.oktaId)
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: again.id })]))
    await eventually(() => expect(stage.isOpen(LENA.databaseUserId)).toBe(true))
  })

  test('what an id shut that this hub has never read stays shut: it may be another org’s', async () => {
    await using stage = await setStage({ db, settings })
    const { auth0 } = stage.tenants
    const foreign = { id: '00uOTHERORG00000001', deactivated: true, status: 'DEPROVISIONED', blocked_by_hub: true }
    const app_metadata = { okta: { ...foreign, changed_at: null, event_id: 'evt_elsewhere' } }
    auth0.users.patch(LENA.databaseUserId, { blocked: true, app_metadata })
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: LENA.oktaId })]))
    await untilSettled(stage, LENA.oktaId)
    expect(stage.isOpen(LENA.databaseUserId)).toBe(false)
    expect(await stage.hub.alerts()).toContain('hub.alert.conflict')
  })
})
