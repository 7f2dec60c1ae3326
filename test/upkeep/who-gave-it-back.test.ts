import { afterEach, expect, test } from 'vitest'
import { CAST } from '../../lab/simulators/seed.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { eventually } from '../support/eventually.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { type InlineStage, inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()
const day = 24 * 60 * 60
const { group, app } = { group: CAST.access.group.id, app: '0oaexampleCRM01' }

const settings = {
  LUMOS_HOOK_SECRETS: `okta/*:${inlineSecret}`,
  LUMOS_END_ACCESS: 'true',
  OKTA_GRANTS: JSON.stringify({ crm: { billing: `group:${group}`, crm: `app:${app}` } }),
  OKTA_GRANTS_API_TOKEN: CAST.oktaTokens.granting,
}
const applications = [{ id: app, label: 'CRM' }]
/** The hub's own token, unless said otherwise as an administrator has it who may read the System Log. */
const tokens = (reading?: string[]) => [
  { value: CAST.oktaTokens.reading, ...(reading ? { scopes: reading } : {}) },
  { value: CAST.oktaTokens.granting, scopes: ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read'] },
]

const opsRobot = 'Ops Robot (ops@acme-demo.test, 00uexampleADMIN1a5d7)'

const later: TestHub[] = []
afterEach(async () => {
  for (const hub of later.splice(0)) await hub[Symbol.asyncDispose]()
})

async function setOktaStage(reading?: string[]): Promise<InlineStage> {
  return setInlineStage({ db, settings, tenants: { okta: { applications, tokens: tokens(reading) } } })
}

async function giveAndTake(stage: InlineStage, permission: string): Promise<void> {
  const body = lumosBody({ app: 'crm', permissions: [permission] })
  expect((await stage.ask('provision', body, { connector: 'okta' })).status).toBe(204)
  expect((await stage.ask('deprovision', body, { connector: 'okta' })).status).toBe(204)
  await ended()
}

const ended = () =>
  eventually(async () => {
    const [row] = await db.sql`select count(*)::int as open from hub.access_grant where ended_at is null`
    expect(row?.open).toBe(0)
  })

/** Ends the stage's hub, lets a day pass, and starts one that looks at grants again. */
async function returnNextDay(stage: InlineStage): Promise<TestHub> {
  await stage.hub[Symbol.asyncDispose]()
  await passTime(db.sql, day)
  const hub = await startHub({
    ...{ db, tenants: stage.tenants, settings },
    upkeep: {
      ...{ resync: false, verify: { searchDays: 90 } },
      timing: { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 },
    },
  })
  later.push(hub)
  return hub
}

const alerted = () =>
  eventually(async () => {
    const rows = await db.sql`select data from hub.event where type = 'hub.alert.access_back'`
    expect(rows).toHaveLength(1)
    return rows[0]?.data
  })

const logReads = (stage: InlineStage) =>
  stage.tenants.okta.calls.filter(({ path }) => path.startsWith('/api/v1/logs')).length

test("access that is back is alerted with the actor of the hook's event, and the log is not asked (case 31)", async () => {
  await using stage = await setOktaStage()
  await stage.hub.subscribe('group.user_membership.add')
  await giveAndTake(stage, 'billing')
  const { groups } = stage.tenants.okta
  groups.addMember(group, LENA.oktaId)
  await eventually(async () => {
    const rows = await db.sql`select 1 from hub.event where type = 'group.user_membership.add'`
    expect(rows.length).toBeGreaterThan(1)
  })
  await returnNextDay(stage)
  const facts = { target: `group:${group}`, email: LENA.email, by: opsRobot }
  expect(await alerted()).toMatchObject(facts)
  expect(logReads(stage)).toBe(0)
  expect(groups.ofUser(LENA.oktaId).map(({ id }) => id)).toEqual([group])
})

test('a group put back after a timed end is alerted with the actor that the System Log tells (case 31)', async () => {
  await using stage = await setOktaStage()
  const body = lumosBody({ app: 'crm', permissions: ['billing'], length: 300 })
  expect((await stage.ask('provision', body, { connector: 'okta' })).status).toBe(204)
  await passTime(db.sql, 305)
  await ended()
  stage.tenants.okta.groups.addMember(group, LENA.oktaId)
  await returnNextDay(stage)
  expect(await alerted()).toMatchObject({ by: opsRobot })
  expect(logReads(stage)).toBe(1)
})

test('an application assigned again after its removal is alerted with who assigned it (case 31)', async () => {
  await using stage = await setOktaStage()
  await giveAndTake(stage, 'crm')
  stage.tenants.okta.applications.assign(app, LENA.oktaId)
  await returnNextDay(stage)
  expect(await alerted()).toMatchObject({ target: `app:${app}`, by: opsRobot })
})

test('without the right to read the System Log the alert says that the vendor does not say (case 31)', async () => {
  await using stage = await setOktaStage(['okta.users.read', 'okta.groups.read', 'okta.eventHooks.manage'])
  await giveAndTake(stage, 'billing')
  stage.tenants.okta.groups.addMember(group, LENA.oktaId)
  const hub = await returnNextDay(stage)
  expect(await alerted()).toMatchObject({ by: 'the vendor does not say' })
  expect(await hub.alerts()).toEqual(['hub.alert.access_back'])
})
