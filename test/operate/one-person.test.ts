import { expect, test } from 'vitest'
import { makePaint } from '../../src/cli/terminal/terminal.ts'
import { formatPeople } from '../../src/cli/views/person-lines.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { listLeavers } from '../../src/operate/leavers.ts'
import { findOnePerson, readPerson } from '../../src/operate/one-person.ts'
import { claims } from '../../src/operate/standing.ts'
import { eventually } from '../support/eventually.ts'
import { startHub } from '../support/hub.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'
import { passTime } from '../support/time.ts'

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
  const order = {
    id: 'brk_1',
    kind: 'cancel',
    person: null,
    direction: null,
    reason: 'a mistake',
    ...operator(),
  } as const
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

const later = () => new Date(Date.now() + 86_400_000).toISOString()
const found = async ({ hub }: Stage, who: string) => readPerson(hub.journal, await findOnePerson(hub.journal, who))
const silent = { out: () => {}, note: () => {}, draw: () => {}, hide: () => {}, canAsk: false, isDrawn: false }
const plain = { ...silent, paint: makePaint(false), width: Number.POSITIVE_INFINITY }
const linesOf = async (stage: Stage, who: string) =>
  formatPeople([await found(stage, who)], { terminal: plain, now: new Date() }).join('\n')

test('a user that somebody shares who may come in is said to be in conflict, and the others to be shut', async () => {
  await using stage = await setStage({ db })
  const { okta } = stage.tenants
  okta.users.create({
    profile: { login: 'lena.two@acme-demo.test', email: LENA.email, firstName: 'Lena', lastName: 'Two' },
    hasPassword: true,
    activate: true,
  })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  await eventually(async () => expect(await standingOf(stage, LENA.oktaId)).toMatchObject({ code: 'conflict' }))
  const { targets, leaver } = await standingOf(stage, LENA.oktaId)
  expect(Object.fromEntries((targets ?? []).map(({ target, code }) => [target, code]))).toEqual({
    [LENA.databaseUserId]: 'conflict',
    [LENA.enterpriseUserId]: 'shut',
  })
  expect(leaver).toMatchObject({ standing: 'conflict', detail: expect.stringContaining(LENA.databaseUserId) })
  expect(await linesOf(stage, LENA.oktaId)).toContain('not shut in full')
})

test('a protected leaver is said to be not shut, with who protects them, why and until when', async () => {
  await using stage = await setStage({ db })
  const key = { source: 'okta', authorityId: LENA.oktaId }
  await stage.hub.journal.orders.protect({ ...key, reason: 'break glass', until: later(), ...operator() })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await expectOpen(stage, LENA.oktaId, 'protected')
  expect((await found(stage, LENA.oktaId)).protection).toMatchObject({ reason: 'break glass', by: 'ann' })
  expect(await linesOf(stage, LENA.oktaId)).toMatch(
    /protected +a lockout waits for an operator, until .*ann: break glass/,
  )
  await stage.hub.journal.orders.unprotect({ ...key, reason: 'over', ...operator() })
  expect((await found(stage, LENA.oktaId)).protection).toBeNull()
})

test('a leaver whom an operator excepted is said to be flagged and no more', async () => {
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect(await standingOf(stage, LENA.oktaId)).toMatchObject({ code: 'shut' }))
  const { id: person } = await found(stage, LENA.oktaId)
  await stage.hub.journal.orders.exceptPerson({ id: 'exc_1', person, until: later(), reason: 'legal', ...operator() })
  expect(await standingOf(stage, LENA.oktaId)).toMatchObject({ code: 'excepted', leaver: { exception: 'excepted' } })
})

test('users that were adopted for another person are not said to be shut for the one who left', async () => {
  await using stage = await setStage({ db })
  for (const id of [LENA.oktaId, OMAR.oktaId]) stage.tenants.okta.users.transition(id, 'deactivate')
  for (const id of [LENA.oktaId, OMAR.oktaId])
    await eventually(async () => expect(await standingOf(stage, id)).toMatchObject({ code: 'shut' }))
  const { id: person } = await found(stage, OMAR.oktaId)
  for (const target of [LENA.databaseUserId, LENA.enterpriseUserId]) {
    const order = { id: `ord_${target}`, person, connector: 'auth0', target, reason: 'is his', ...operator() }
    await stage.hub.journal.orders.adopt(order)
  }
  const { code, targets, leaver } = await standingOf(stage, LENA.oktaId)
  expect([code, leaver?.exception, targets?.map((one) => one.code)]).toEqual(['others', 'others', ['others', 'others']])
})

test('a leaver without a user is said to be found nowhere, and one whose work an operator ended to be cancelled', async () => {
  await using stage = await setStage({ db })
  stage.tenants.auth0.users.remove(OMAR.enterpriseUserId)
  stage.tenants.auth0.users.refreshSearchIndex()
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await expectOpen(stage, OMAR.oktaId, 'no_match')
  const [row] = await stage.hub.deliveries()
  const order = {
    id: 'ord_1',
    kind: 'cancel',
    delivery: String(row?.id),
    reason: 'never had one',
    ...operator(),
  } as const
  expect(await stage.hub.journal.orders.endSetAside(order)).toBe(true)
  await expectOpen(stage, OMAR.oktaId, 'cancelled')
  expect((await standingOf(stage, OMAR.oktaId)).leaver?.detail).toContain('Cancelled by ann: never had one')
})

test('an account that a leaver made later is shown with the person as not touched, and why, until it is adopted', async () => {
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 }
  const upkeep = { resync: false, verify: { searchDays: 90 }, timing }
  await using stage = await setStage({ db })
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(async () => expect(await standingOf(stage, OMAR.oktaId)).toMatchObject({ code: 'shut' }))
  stage.tenants.auth0.users.seed({ connection: 'Username-Password-Authentication', id: '9', email: OMAR.email })
  stage.tenants.auth0.users.refreshSearchIndex()
  await stage.hub[Symbol.asyncDispose]()
  await passTime(db.sql, 3 * 86_400)
  await using hub = await startHub({ db, tenants: stage.tenants, upkeep })
  stage.hub = hub
  await eventually(async () =>
    expect((await found(stage, OMAR.oktaId)).untouched).toMatchObject([
      { connector: 'auth0', target: 'auth0|9', reason: expect.stringContaining('locked out by nobody') },
    ]),
  )
  expect(await linesOf(stage, OMAR.oktaId)).toMatch(/An account that is not touched\n +auth0 auth0\|9: .*adopt/s)
  const { id: person } = await found(stage, OMAR.oktaId)
  const order = { id: 'ord_9', person, connector: 'auth0', target: 'auth0|9', reason: 'is his', ...operator() }
  await stage.hub.journal.orders.adopt(order)
  expect((await found(stage, OMAR.oktaId)).untouched).toEqual([])
})
