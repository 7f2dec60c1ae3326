import { beforeEach, describe, expect, test } from 'vitest'
import { CAST } from '../../../lab/simulators/seed.ts'
import type { HubDecision } from '../../../src/core/audit.ts'
import { FencedOutError } from '../../../src/core/errors.ts'
import type { ClaimedLane } from '../../../src/core/queue.ts'
import { claim } from '../../../src/journal/queue/claim.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { settle } from '../../../src/journal/queue/settle.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { newEvent, personIdOf, settlementOf, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.hold, hub.protected, hub.reversal, hub.brake_reservation, hub.brake_order cascade`
  await wipeAudit(sql)
})

const onRecord = async (act: HubDecision) => {
  const rows = await sql`select * from hub.audit_entry where act = ${act} order by at, id`
  for (const row of rows) expect(row).toMatchObject({ way: 'hub', actor: 'hub', role: 'hub' })
  return [...rows]
}
const settled = (stage: Stage, count: number) =>
  eventually(async () => {
    const rows = await stage.hub.deliveries()
    expect(rows).toHaveLength(count)
    expect(rows.map(({ status }) => status)).not.toContain('pending')
  })
const tellAgain = (stage: Stage, userId: string) =>
  stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId })]))

describe('a person who is stopped is on record once', () => {
  test('as protected, with the reason as words that can be erased', async () => {
    await using stage = await setStage({ db })
    const until = '2099-01-01T00:00:00.000Z'
    const key = { source: 'okta', authorityId: OMAR.oktaId }
    await stage.hub.journal.orders.protect({ ...key, until, reason: 'break glass', ...operator() })
    stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
    await settled(stage, 1)
    await tellAgain(stage, OMAR.oktaId)
    await settled(stage, 2)
    const [first] = await stage.hub.deliveries()
    const [person] = await sql`select id from hub.person where authority_id = ${OMAR.oktaId}`
    expect(await onRecord('held')).toMatchObject([
      {
        targets: [person?.id, first?.id, 'auth0'],
        facts: { code: 'protected', connector: 'auth0', direction: 'deny' },
        reason: expect.stringContaining('break glass'),
      },
    ])
  })

  test('by the brake, and anew when the authority has newer news of them', async () => {
    await using stage = await setStage({ db, settings: { HUB_BRAKE_PEOPLE: '1', HUB_BRAKE_PERCENT: '0' } })
    const { okta } = stage.tenants
    okta.users.transition(LENA.oktaId, 'deactivate')
    await settled(stage, 1)
    okta.users.transition(OMAR.oktaId, 'suspend')
    await settled(stage, 2)
    await tellAgain(stage, OMAR.oktaId)
    await settled(stage, 3)
    expect(await onRecord('held')).toMatchObject([{ facts: { code: 'brake', direction: 'deny' } }])
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await settled(stage, 4)
    expect(await onRecord('held')).toHaveLength(2)
  })

  test('as in conflict, and anew when it is with another user', async () => {
    await using stage = await setStage({ db })
    const { okta, auth0 } = stage.tenants
    const profile = { login: 'l.park@acme-demo.test', email: LENA.email, firstName: 'Lou', lastName: 'Park' }
    const other = okta.users.create({ profile, hasPassword: true, activate: true })
    await settled(stage, 1)
    okta.users.transition(other.id, 'deactivate')
    await settled(stage, 2)
    const [held] = await onRecord('held')
    expect(held).toMatchObject({ facts: { code: 'conflict', users: expect.arrayContaining([LENA.databaseUserId]) } })
    await tellAgain(stage, other.id)
    await settled(stage, 3)
    expect(await onRecord('held')).toHaveLength(1)
    auth0.users.seed({ connection: CAST.connections.database, id: 'second', email: LENA.email })
    await tellAgain(stage, other.id)
    await settled(stage, 4)
    expect(await onRecord('held')).toHaveLength(2)
  })
})

test('a pause is on record when it begins, and its end when a probe shows that the connector works again', async () => {
  const client = { clientId: 'hub', clientSecret: 'good' }
  await using stage = await setStage({ db, tenants: { auth0: { clients: [client] } } })
  client.clientSecret = 'rotated'
  stage.tenants.auth0.tokens.revoke()
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect((await sql`select 1 from hub.attempt`).length).toBeGreaterThan(2))
  expect(await onRecord('paused')).toMatchObject([{ targets: ['auth0'], reason: expect.any(String) }])
  expect(await onRecord('resumed')).toEqual([])
  client.clientSecret = 'good'
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  // It is written when the run is settled, after the user was shut.
  await eventually(async () =>
    expect(await onRecord('resumed')).toMatchObject([
      { targets: ['auth0'], facts: { pausedSince: expect.any(String), pausedReason: expect.any(String) } },
    ]),
  )
  expect(await onRecord('paused')).toHaveLength(1)
})

test('a user whom the hub takes for a person who is back under another id is on record as adopted', async () => {
  await using stage = await setStage({ db, settings: { AUTH0_ADOPT_REHIRES: 'true' } })
  const { okta } = stage.tenants
  okta.users.transition(LENA.oktaId, 'deactivate')
  await settled(stage, 1)
  okta.users.remove(LENA.oktaId)
  const profile = { login: LENA.email, email: LENA.email, firstName: 'Lena', lastName: 'Park' }
  const again = okta.users.create({ profile, hasPassword: true, activate: true })
  await eventually(() => expect(stage.isOpen(LENA.databaseUserId)).toBe(true))
  const [person] = await sql`select id from hub.person where authority_id = ${again.id}`
  await eventually(async () =>
    expect(await onRecord('adopted')).toMatchObject([
      { targets: [person?.id, expect.stringMatching(/^dlv_/), 'auth0'], facts: { target: LENA.databaseUserId } },
    ]),
  )
})

test('a quarrel is on record as contested with its third reversal, once, and not where the lease was lost', async () => {
  const claimOne = async () => {
    await ingest(sql, [[newEvent()]])
    await sql`update hub.person set denied_at = now()`
    const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
    if (!lane) throw new Error('Nothing was due')
    return lane
  }
  const reverse = (lane: ClaimedLane) =>
    settle(
      sql,
      settlementOf(lane, {
        verified: { access: 'deny', looks: ['ids'], seen: true, reversed: ['auth0|1'], takenUp: [] },
      }),
    )
  for (const _ of [1, 2]) await reverse(await claimOne())
  expect(await onRecord('contested')).toEqual([])
  const lane = await claimOne()
  await expect(reverse({ ...lane, epoch: lane.epoch - 1 })).rejects.toThrow(FencedOutError)
  expect(await onRecord('contested')).toEqual([])
  await reverse(lane)
  expect(await onRecord('contested')).toMatchObject([{ targets: [personIdOf('okta', '00u1'), 'auth0'] }])
  await reverse(await claimOne())
  expect(await onRecord('contested')).toHaveLength(1)
})

test('a settlement that decides nothing leaves no row', async () => {
  await ingest(sql, [[newEvent()]])
  const [lane] = await claim(sql, { limit: 1, leaseSeconds: 30 })
  if (!lane) throw new Error('Nothing was due')
  await settle(sql, settlementOf(lane))
  expect(await sql`select 1 from hub.audit`).toHaveLength(0)
})
