import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { CAST } from '../../../lab/simulators/seed.ts'
import { cliHere } from '../../support/cli.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()

let stage: Stage
let again: { id: string }
const second = 'auth0|second'

/** Lena has left, her old id is deleted at Okta, and she is back under a new one with an account of its own. */
beforeAll(async () => {
  stage = await setStage({ db })
  const { okta, auth0 } = stage.tenants
  auth0.users.seed({ connection: CAST.connections.database, id: 'second', email: LENA.email })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect([second, LENA.databaseUserId].map(stage.isShut)).toEqual([true, true]))
  okta.users.remove(LENA.oktaId)
  const profile = { login: LENA.email, email: LENA.email, firstName: 'Lena', lastName: 'Park' }
  again = okta.users.create({ profile, hasPassword: true, activate: true })
  await untilSettled(1)
  auth0.users.seed({ connection: CAST.connections.enterprise, id: again.id, email: LENA.email })
  // The last run finds her own account by its link and searches no more: the conflict must not be forgotten by that.
  for (const count of [2, 3]) {
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.activate', userId: again.id })]))
    await untilSettled(count)
  }
})

afterAll(() => stage?.[Symbol.asyncDispose]())

const settledOf = async (authorityId: string) =>
  (await stage.hub.journal.records.listDeliveries({ limit: 100 })).filter(
    (delivery) => delivery.authorityId === authorityId && delivery.settledAt !== null && delivery.status !== 'pending',
  )
const untilSettled = (count: number) => eventually(async () => expect(await settledOf(again.id)).toHaveLength(count))
const operate = (...args: string[]) =>
  cliHere({ args, env: { ...makeEnvironment(stage.tenants), DATABASE_URL: db.url } })
const inPattern = (text: string) => text.replaceAll('|', '\\|')
const because = ['--reason', 'hired again', '--by', 'ann']

test('person shows every user that is in conflict, why, and the command that ends it', async () => {
  const { code, out } = await operate('person', again.id)
  expect(code).toBe(0)
  expect(out).toContain('In conflict: not touched')
  expect(out).toContain(`auth0 ${LENA.databaseUserId} stays locked: it was locked for ${LENA.oktaId}`)
  expect(out).toContain(`auth0 ${second} stays locked`)
  expect(out).toMatch(/person adopt per_\w+ '<user id>' --reason/)
})

test('show names the command at a delivery that a conflict holds', async () => {
  const { okta } = stage.tenants
  const profile = { login: 'l.park@acme-demo.test', email: LENA.email, firstName: 'Lou', lastName: 'Park' }
  const other = okta.users.create({ profile, hasPassword: true, activate: true })
  await eventually(async () => expect(await settledOf(other.id)).toMatchObject([{ status: 'held' }]))
  const [held] = await settledOf(other.id)
  expect((await operate('show', held?.id ?? '')).out).toContain(`person adopt ${held?.person} '<user id>' --reason`)
})

test('list shows everybody in conflict, with the users', async () => {
  const { code, out } = await operate('person', 'adopt', 'list')
  expect(code).toBe(0)
  expect(out).toMatch(new RegExp(`${LENA.email} +okta ${again.id} +auth0 ${inPattern(second)} +stays locked`))
  const rows = JSON.parse((await operate('person', 'adopt', 'list', '--json')).out)
  const hers = rows.filter(({ authorityId }: { authorityId: string }) => authorityId === again.id)
  expect(hers).toMatchObject([{ target: LENA.databaseUserId, login: LENA.email }, { target: second }])
})

test('an e-mail that several people were seen under is refused with their ids', async () => {
  const { code, err } = await operate('person', 'adopt', LENA.email, LENA.databaseUserId, ...because)
  expect(code).toBe(1)
  expect(err).toContain(`3 people are known as "${LENA.email}"`)
  expect(err).toContain(LENA.oktaId)
  expect(err).toContain(again.id)
})

test.each([
  [['adopt', 'per_1', 'auth0|x'], 2, '--reason is missing'],
  [['adopt', ...because], 2, 'e-mail or id is missing'],
  [['adopt', 'a', 'b', 'c', ...because], 2, '"c" is one word too many'],
  [['adopt', '00uNOBODY', 'auth0|x', ...because], 1, 'Nobody is known as "00uNOBODY"'],
])('refuses person %j with the way out', async (args, exit, message) => {
  const { code, err } = await operate('person', ...args)
  expect([code, err]).toEqual([exit, expect.stringContaining(message)])
  expect(err).toContain('What to do')
})

test('a user that no run has met as a conflict is refused, so that a slip gives no account away', async () => {
  const { code, err } = await operate('person', 'adopt', again.id, OMAR.enterpriseUserId, ...because)
  expect(code).toBe(1)
  expect(err).toContain(`${OMAR.enterpriseUserId} is not the user that is in conflict`)
  expect(err).toContain(LENA.databaseUserId)
})

test('with several in conflict and none named, it lists them and adopts nothing', async () => {
  const { code, err } = await operate('person', 'adopt', again.id, '--yes', ...because)
  expect(code).toBe(1)
  expect(err).toContain('2 users are in conflict')
  expect(await db.sql`select 1 from hub.operator_order`).toHaveLength(0)
})

test('the named user is unblocked by the running hub, and who said so and why is on record', async () => {
  expect(stage.isShut(LENA.databaseUserId)).toBe(true)
  const { code, out, err } = await operate('person', 'adopt', again.id, LENA.databaseUserId, ...because)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(`${LENA.databaseUserId} at auth0 is from now on okta ${again.id}'s.`)
  expect(out).toContain('It said ACTIVE last: the user is unblocked, if the hub had blocked them.')
  await eventually(() => expect(stage.isOpen(LENA.databaseUserId)).toBe(true))
  expect(stage.isShut(second)).toBe(true)

  const shown = await operate('person', again.id)
  expect(shown.out).toMatch(new RegExp(`auth0 adopted +${inPattern(LENA.databaseUserId)}`))
  expect(shown.out).not.toContain(`${LENA.databaseUserId} stays locked`)
  expect(shown.out).toMatch(new RegExp(`order +auth0 adopt ${inPattern(LENA.databaseUserId)} +ann: hired again`))
})

test('news of the old id do not shut an adopted user again', async () => {
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await eventually(async () =>
    expect((await stage.hub.deliveries()).map(({ status }) => status)).not.toContain('pending'),
  )
  expect(stage.isOpen(LENA.databaseUserId)).toBe(true)
})

test('with one in conflict and none named, it shows which, and adopts it when somebody says yes', async () => {
  const asked = await operate('person', 'adopt', again.id, ...because)
  expect(asked.code).toBe(1)
  expect(asked.err).toContain(`This would adopt auth0 ${second} (stays locked`)
  expect(stage.isShut(second)).toBe(true)

  const { code, out } = await operate('person', 'adopt', again.id, '--yes', '--json', ...because)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    ...{ source: 'okta', authorityId: again.id, connector: 'auth0', target: second },
    ...{ reason: 'hired again', by: 'ann', queued: true },
  })
  await eventually(() => expect(stage.isOpen(second)).toBe(true))
})

test('without a conflict there is nothing to adopt, unless the user is named and said to be meant', async () => {
  const { err } = await operate('person', 'adopt', again.id, '--yes', ...because)
  expect(err).toContain('No user is in conflict')
  const strange = stage.tenants.auth0.users.seed({
    connection: CAST.connections.database,
    id: 'lp',
    email: 'lp@x.test',
  })
  expect((await operate('person', 'adopt', again.id, strange.user_id, ...because)).code).toBe(1)
  expect((await operate('person', 'adopt', again.id, strange.user_id, '--unseen', ...because)).code).toBe(0)
  stage.tenants.okta.users.transition(again.id, 'deactivate')
  await eventually(() => expect(stage.isShut(strange.user_id)).toBe(true))
})
