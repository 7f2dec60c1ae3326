import { expect, test } from 'vitest'
import { listLeavers } from '../../src/operate/leavers.ts'
import { findOnePerson, readPerson } from '../../src/operate/one-person.ts'
import { claims } from '../../src/operate/standing.ts'
import { eventually } from '../support/eventually.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()

async function standingOf({ hub }: Stage, who: string) {
  const found = await readPerson(hub.journal, await findOnePerson(hub.journal, who))
  const period = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  }
  const leavers = await listLeavers(hub.journal, period)
  const leaver = leavers.find(({ person, connector }) => person === found.id && connector === 'auth0')
  const standing = found.standings.find(({ connector }) => connector === 'auth0')
  return { access: found.state?.access, code: standing?.code, targets: standing?.targets, leaver }
}

/** Waits for how somebody stands, who is denied by Okta; that both places say it, and neither claims a lockout. */
async function expectOpen(stage: Stage, who: string, code: string) {
  await eventually(async () => expect(await standingOf(stage, who)).toMatchObject({ access: 'deny', code }))
  const { leaver, targets } = await standingOf(stage, who)
  expect(leaver).toMatchObject({ standing: code, exception: code.replaceAll('_', ' '), heldAt: null })
  expect(targets?.filter((one) => claims.has(one.code))).toEqual([])
}

test('a person whose lockout was read back is shut, user by user, with its time, apart from what Okta says', async () => {
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect(await standingOf(stage, LENA.email)).toMatchObject({ code: 'shut' }))
  const { targets, leaver } = await standingOf(stage, LENA.email)
  const read = { code: 'shut', readAt: expect.any(String) }
  expect(targets).toMatchObject([
    { target: LENA.databaseUserId, ...read },
    { target: LENA.enterpriseUserId, ...read },
  ])
  expect(leaver).toMatchObject({ standing: 'shut', exception: null, actedBy: { name: expect.any(String) } })
})

test('a lockout that the brake holds, and one that an operator cancelled, are said to be no lockout', async () => {
  await using stage = await setStage({ db, settings: { HUB_BRAKE_PEOPLE: '1', HUB_BRAKE_PERCENT: '0' } })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await expectOpen(stage, OMAR.email, 'held')
  const order = { id: 'brk_1', kind: 'cancel', person: null, direction: null, reason: 'a mistake', by: 'ann' } as const
  await stage.hub.journal.orders.orderHolds(order)
  await expectOpen(stage, OMAR.email, 'cancelled')
  expect((await standingOf(stage, OMAR.email)).leaver?.detail).toContain('ann: a mistake')
  expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)
})

test('a lockout whose writes fail is said to be tried again', async () => {
  await using stage = await setStage({ db })
  stage.tenants.auth0.misbehave({ method: 'PATCH', status: 503 })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await expectOpen(stage, LENA.email, 'failing')
  stage.tenants.auth0.calm()
  await eventually(async () => expect(await standingOf(stage, LENA.email)).toMatchObject({ code: 'shut' }))
})

test('a hub that only observes says that it wrote nothing', async () => {
  await using stage = await setStage({ db, settings: { HUB_MODE: 'observe' } })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await expectOpen(stage, LENA.email, 'observing')
})
