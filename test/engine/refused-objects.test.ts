import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { testTiming } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'

const db = await testDatabase()
const users = [LENA.enterpriseUserId, LENA.databaseUserId]
const forbidden = { status: 403, body: '{"errorCode":"E0000006","errorSummary":"no permission"}' }

/** Administrators whom the hub's credential may not read. */
function addAdmins({ tenants }: Stage, count: number): string[] {
  const ids = Array.from({ length: count }, (_, i) => `00uadmin${i}`)
  for (const id of ids) {
    const login = `${id}@acme-demo.test`
    tenants.okta.users.seed({ id, profile: { login, email: login, firstName: 'Adele', lastName: 'Admin' } })
    tenants.okta.misbehave({ method: 'GET', path: `/api/v1/users/${id}`, answer: forbidden })
  }
  return ids
}

describe('people whom the credential may not read', () => {
  test.each([1, 10])('%i of them stop nobody else’s lockout, and wait in sight (case 10)', async (count) => {
    await using stage = await setStage({ db, timing: { probeSeconds: 60 } })
    const { okta } = stage.tenants
    for (const id of addAdmins(stage, count)) okta.users.transition(id, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.missing_right'))
    okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
    expect(await stage.hub.journal.queue.listConnectorStates()).toEqual([])
    const waiting = await eventually(async () => {
      const open = (await stage.hub.deliveries()).filter(({ status }) => status === 'pending')
      expect(open).toHaveLength(count)
      return open
    })
    expect(waiting.map(({ lastError }) => lastError)).toEqual(Array(count).fill(expect.stringContaining('403')))
    // One neutral read serves them all for a while.
    expect(okta.calls.filter(({ query }) => query.limit === '1').length).toBeLessThanOrEqual(2)
  })

  test('are not locked out on the word of a hook', async () => {
    await using stage = await setStage({ db, settings: { HUB_PROVISIONAL_DENY: 'true' } })
    const { okta } = stage.tenants
    okta.users.updateProfile(OMAR.oktaId, { firstName: 'Known' })
    await eventually(async () => expect((await stage.hub.deliveries())[0]?.status).toBe('succeeded'))
    okta.misbehave({ method: 'GET', path: `/api/v1/users/${OMAR.oktaId}`, answer: forbidden })
    okta.users.transition(OMAR.oktaId, 'deactivate')
    await eventually(async () => expect(await stage.hub.alerts()).toContain('hub.alert.missing_right'))
    expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)
  })

  test('pause the authority once a neutral read is refused too', async () => {
    await using stage = await setStage({ db, timing: { probeSeconds: 60 } })
    stage.tenants.okta.misbehave({ method: 'GET', path: '/api/v1/users', answer: forbidden })
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(async () =>
      expect(await stage.hub.journal.queue.listConnectorStates()).toMatchObject([{ id: 'okta' }]),
    )
  })
})

test('a vendor with two reset times is asked again at the later one, and not before (case 12)', async () => {
  await using stage = await setStage({ db, timing: { schedule: { ...testTiming.schedule, retryAfterCapSeconds: 10 } } })
  const { okta } = stage.tenants
  const now = Math.ceil(Date.now() / 1000)
  const headers: [string, string][] = [
    ['date', new Date(now * 1000).toUTCString()],
    ['x-rate-limit-reset', String(now + 1)],
    ['x-rate-limit-reset', String(now + 4)],
  ]
  const path = `/api/v1/users/${LENA.oktaId}`
  okta.misbehave({ path, times: 1, answer: { status: 429, body: '{"errorCode":"E0000047"}', headers } })
  okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]))
  const [first, second] = okta.calls.filter((call) => call.path === path).map(({ at }) => Date.parse(at))
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(3_500)
})
