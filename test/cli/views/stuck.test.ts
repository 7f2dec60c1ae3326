import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { defaultSchedule } from '../../../src/core/schedule.ts'
import { cliHere } from '../../support/cli.ts'
import { eventually } from '../../support/eventually.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR } from '../../support/stage.ts'

const db = await testDatabase()
/** As many waits as the real schedule has: what is stuck there is stuck here. */
const schedule = {
  ...defaultSchedule,
  waitsSeconds: defaultSchedule.waitsSeconds.map(() => 0.01),
  denyIntervalSeconds: 0.1,
  stuckAfterSeconds: 3,
}

let stage: InlineStage

beforeAll(async () => {
  stage = await setInlineStage({ db, timing: { schedule }, upkeep: { resync: false } })
})

afterAll(() => stage[Symbol.asyncDispose]())

const operate = (...args: string[]) =>
  cliHere({ args, env: { ...makeEnvironment(stage.tenants), DATABASE_URL: db.url, NO_COLOR: '1' } })

/** What the doctor finds wrong with the work: name and words. */
async function problems(): Promise<string[]> {
  const { out } = await operate('doctor', '--offline', '--json')
  const checks: { name: string; status: string; detail: string; area: string }[] = JSON.parse(out).checks
  return checks
    .filter(({ area, status }) => area === 'Database and work' && status === 'problem')
    .map(({ name, detail }) => `${name}: ${detail}`)
}

/** As far as the table is wide. */
const who = LENA.email.slice(0, 12)

test('deny work that is stuck though nothing is paused is listed by --stuck and by the doctor, and then no more', async () => {
  const { okta, auth0 } = stage.tenants
  const calm = auth0.misbehave({ method: 'PATCH', path: `/api/v2/users/${LENA.enterpriseUserId}`, status: 500 })
  okta.users.transition(LENA.oktaId, 'deactivate')
  okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  await eventually(async () => expect(await stage.hub.alerts()).toEqual(['hub.alert.stuck']))
  expect((await stage.hub.journal.queue.listConnectorStates()).filter(({ pausedSince }) => pausedSince)).toEqual([])

  // The command line has the limits of a real hub.
  await eventually(async () => expect((await operate('deliveries', '--stuck')).out).toContain(who))
  const { code, out } = await operate('deliveries', '--stuck', '--json')
  const listed = JSON.parse(out)
  expect({ code, listed }).toMatchObject({ code: 0, listed: [{ authorityId: LENA.oktaId, connector: 'auth0' }] })
  expect(listed).toHaveLength(1)
  expect(listed[0].attempts).toBeGreaterThan(schedule.waitsSeconds.length)
  expect((await operate('deliveries', '--stuck')).out).toContain(who)
  expect(await problems()).toEqual([
    expect.stringMatching(
      /^stuck: 1 delivery does not get on: people may still be able to log in, or have what was to be taken away; the oldest lockout or revoke is open for \d+/,
    ),
  ])

  calm()
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  await eventually(async () => expect((await operate('deliveries', '--stuck')).out).toBe('Nothing is stuck.\n'))
  await eventually(async () => expect(await problems()).toEqual([]))
})

test('a grant that stays uncertain because its vendor cannot be read is listed by --stuck and by the doctor, until it is cleared up', async () => {
  const { vault, hub, tenants } = stage
  const [id, email] = ['00uexampleNOABERG001', 'noa.berg@acme-demo.test']
  tenants.okta.users.seed({ id, profile: { login: email, email, firstName: 'Noa', lastName: 'Berg' } })
  const down = () => Promise.reject(new Error('The vault is down'))
  vault.mischief.provisioned = [down]
  vault.mischief.has = [async () => {}, ...Array.from({ length: 1000 }, () => down)]
  expect((await stage.ask('provision', lumosBody({ email }))).status).toBe(503)
  const stuck = async () => JSON.parse((await operate('deliveries', '--stuck', '--json')).out)
  const uncertain = { status: 'uncertain', kind: 'provision', connector: 'vault', authorityId: id }
  await eventually(async () => expect(await stuck()).toMatchObject([uncertain]))
  expect(await hub.alerts()).toContain('hub.alert.stuck')
  expect(await problems()).toEqual([
    expect.stringContaining('stuck: 1 delivery does not get on: access may have been given that is on no record'),
  ])

  vault.mischief.has = []
  await eventually(async () => expect(await stuck()).toEqual([]))
  expect(await problems()).toEqual([])
})
