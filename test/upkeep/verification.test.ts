import { afterEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { CAST } from '../../lab/simulators/seed.ts'
import { checkPace } from '../../src/cli/commands/doctor/examine-journal.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { cliHere } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, type TestHub, userEvent } from '../support/hub.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const day = 24 * 60 * 60
const upkeep = {
  resync: false,
  verify: { searchDays: 90 },
  timing: { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 },
}

const later: TestHub[] = []
afterEach(async () => {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
})

/** No hub runs for so long; then one starts. */
async function returnAfter(stage: Stage, seconds: number, settings: Record<string, string> = {}): Promise<TestHub> {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
  await Promise.resolve(stage.hub[Symbol.asyncDispose]()).catch(() => {})
  await passTime(db.sql, seconds)
  const hub = await startHub({ db, tenants: stage.tenants, settings, upkeep })
  later.push(hub)
  return hub
}

const leave = async (stage: Stage, oktaId: string) => {
  stage.silently(oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: oktaId })]))
  await eventually(async () => {
    const rows = await stage.hub.deliveries()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ status }) => status === 'succeeded' || status === 'no_match')).toBe(true)
  })
}

/** Every verification that was due has been made. */
const verified = async (_hub?: TestHub) =>
  eventually(async () => {
    const [row] =
      await db.sql`select count(*)::int as open from hub.verification where due_at <= now() or asked_at is not null`
    expect(row?.open).toBe(0)
    const [made] = await db.sql`select count(*)::int as made from hub.event where type like 'hub.verify.%'`
    expect(made?.made).toBeGreaterThan(0)
  })

afterEach(async () => void (await db.sql`delete from hub.protected`))

const auth0 = ({ tenants }: Stage) => tenants.auth0.users

test('whoever holds a locked user as a linked identity is locked within a day (case 20)', async () => {
  await using stage = await setStage({ db, settings: { AUTH0_OKTA_CONNECTIONS: '' } })
  await leave(stage, OMAR.oktaId)
  auth0(stage).seed({ connection: CAST.connections.database, id: '77', email: 'shared.box@acme-demo.test' })
  const [, connection, user_id] = OMAR.enterpriseUserId.split('|')
  auth0(stage).link('auth0|77', { provider: 'okta', user_id: `${connection}|${user_id}` } as never)
  auth0(stage).refreshSearchIndex()
  expect(stage.isOpen('auth0|77')).toBe(true)

  await returnAfter(stage, day)
  await eventually(() => expect(stage.isShut('auth0|77')).toBe(true))
})

test('a flag that was wiped and a block that was lifted are written again, and count at the brake (case 20)', async () => {
  await using stage = await setStage({ db })
  await leave(stage, LENA.oktaId)
  auth0(stage).patch(LENA.enterpriseUserId, { app_metadata: { okta: null }, blocked: false })
  auth0(stage).patch(LENA.databaseUserId, { blocked: false })
  await db.sql`delete from hub.brake_reservation`

  await returnAfter(stage, 2 * 60 * 60)
  await eventually(() => {
    expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)
    expect(stage.isShut(LENA.databaseUserId)).toBe(true)
  })
  await verified()
  const [{ count } = { count: 0 }] = await db.sql`select count(*)::int as count from hub.brake_reservation`
  expect(count).toBe(1)
})

test('an account that a leaver made later is locked where the operator named its connection (case 21)', async () => {
  await using stage = await setStage({ db })
  const settings = { AUTH0_CONNECTIONS: CAST.connections.database }
  await leave(stage, OMAR.oktaId)
  await returnAfter(stage, 3 * day, settings)
  auth0(stage).seed({ connection: CAST.connections.database, id: '9', email: OMAR.email })
  auth0(stage).refreshSearchIndex()
  await returnAfter(stage, 3 * day, settings)
  await eventually(() => expect(stage.isShut('auth0|9')).toBe(true))
})

test('an account that a leaver made later elsewhere is alerted once and locked by nobody (case 21)', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  auth0(stage).seed({ connection: CAST.connections.database, id: '9', email: OMAR.email })
  auth0(stage).refreshSearchIndex()
  for (let times = 0; times < 2; times++) {
    const hub = await returnAfter(stage, 3 * day)
    await verified()
    expect((await hub.alerts()).filter((type) => type === 'hub.alert.new_account')).toHaveLength(1)
  }
  expect(stage.isOpen('auth0|9')).toBe(true)
})

test('a person whom the authority allows again is not locked out by a verification', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  stage.silently(OMAR.oktaId, 'activate')
  auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false })
  await returnAfter(stage, day)
  await eventually(() => expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true))
})

test('a hub that observes reports what it would mend', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false })
  await returnAfter(stage, day, { HUB_MODE: 'observe' })
  await verified()
  expect(auth0(stage).get(OMAR.enterpriseUserId).blocked).toBe(false)
  const changes = await db.sql`select changes from hub.attempt where outcome = 'observed'`
  expect(JSON.stringify(changes)).toContain(OMAR.enterpriseUserId)
})

test('a protected person is shown by a verification, and not locked out', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false })
  await stage.hub.journal.orders.protect({
    ...{ source: 'okta', authorityId: OMAR.oktaId, reason: 'break glass', ...operator('test') },
    until: new Date(Date.now() + 30 * day * 1000).toISOString(),
  })
  for (let times = 0; times < 2; times++) {
    const hub = await returnAfter(stage, day)
    await verified()
    expect((await hub.alerts()).filter((type) => type === 'hub.alert.protected')).toHaveLength(1)
  }
  expect(auth0(stage).get(OMAR.enterpriseUserId).blocked).toBe(false)
})

test('after three reversals the block is left and the flag is written, and it is said', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  for (let times = 0; times < 3; times++) {
    auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false })
    await returnAfter(stage, 2 * 60 * 60)
    await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
    await verified()
  }
  auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false, app_metadata: { okta: null } })
  const hub = await returnAfter(stage, 2 * 60 * 60)
  await eventually(() =>
    expect(auth0(stage).get(OMAR.enterpriseUserId).app_metadata.okta).toMatchObject({ deactivated: true }),
  )
  await verified()
  expect(auth0(stage).get(OMAR.enterpriseUserId).blocked).toBe(false)
  expect(await hub.alerts()).toContain('hub.alert.contested')
})

test("an operator's exception leaves a lifted block until its end, and then it is written again", async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  await verified(await returnAfter(stage, 2 * 60 * 60))
  const env = { ...makeEnvironment(stage.tenants), DATABASE_URL: db.url }
  const order = ['except', OMAR.email, '--until', '1d', '--reason', 'ticket 4711', '--by', 'ann']
  expect(await cliHere({ args: order, env })).toMatchObject({ code: 0, out: expect.stringContaining('stays so until') })
  expect(await cliHere({ args: ['except', OMAR.email, '--until', '1d'], env })).toMatchObject({ code: 2 })
  auth0(stage).patch(OMAR.enterpriseUserId, { blocked: false })

  await verified(await returnAfter(stage, 2 * 60 * 60))
  expect(auth0(stage).get(OMAR.enterpriseUserId).blocked).toBe(false)
  const { out } = await cliHere({ args: ['person', OMAR.email], env })
  expect(out).toMatch(/Looked at again\n +auth0 +seen as it should be/)
  expect(out).toContain('Others lift the block')

  await returnAfter(stage, day)
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
})

test('the age of the oldest look is in the metrics, and a pace that is not kept is said by doctor', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  const hub = await returnAfter(stage, 0)
  const metrics = await (await fetch(`${hub.url}/metrics`)).text()
  expect(metrics).toMatch(/bellhop_verification_oldest_seconds\{connector="auth0"\} \d+\n/)
  expect(metrics).toMatch(/bellhop_verification_late_seconds\{connector="auth0"\} 0\n/)
  const pace = async () => checkPace(await hub.journal.records.readVerificationPace())
  expect(await pace()).toMatchObject([{ name: 'verification at auth0', status: 'ok' }])
  for (const one of later.splice(0)) await one[Symbol.asyncDispose]()
  await passTime(db.sql, 2 * day)
  const quiet = await startHub({ db, tenants: stage.tenants })
  later.push(quiet)
  const [check] = checkPace(await quiet.journal.records.readVerificationPace())
  expect(check).toMatchObject({ status: 'warning', detail: expect.stringMatching(/the pace is .* behind/) })
})

test('no more than twenty people are looked at at one time, however many are due', async () => {
  await using stage = await setStage({ db })
  await leave(stage, OMAR.oktaId)
  await db.sql`insert into hub.person (id, source, authority_id, denied_at)
    select 'per_' || n, 'okta', 'nobody' || n, now() from generate_series(1, 100) n`
  await db.sql`insert into hub.verification (person, connector, ids_at) select 'per_' || n, 'auth0', now() from generate_series(1, 100) n`
  const question = { connector: 'auth0', limit: 20, searchDays: 90, againSeconds: 900 }
  const claims = await Promise.all([1, 2].map(() => stage.hub.journal.records.claimVerifications(question)))
  const first = claims.flat()
  expect(new Set(first.map(({ authorityId }) => authorityId)).size).toBe(first.length)
  expect(first.length).toBeLessThanOrEqual(40)
  expect(await stage.hub.journal.records.claimVerifications(question)).toEqual([])
})
