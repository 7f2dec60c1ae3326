import { expect, test } from 'vitest'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { makeWorkScope } from '../../src/runtime/work-scope.ts'
import { startCrowd } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, type TestHub, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { passTime } from '../support/time.ts'

const db = await testDatabase()

function budgetOf(hub: TestHub, connector: string) {
  const budget = hub.installed.find(({ id }) => id === connector)?.budget
  if (!budget) throw new Error(`${connector} has no budget`)
  return budget
}

test('a listing takes at most a quarter of the vendor’s bucket, and leaves verifications nothing beside it (kind 6)', async () => {
  await wipe(db.sql)
  // Sixty calls a minute: a quarter is fifteen, and forty pages are listed.
  await using crowd = await startCrowd(80, { okta: { pageSize: 2, rateLimit: { burst: 60, perSecond: 1 } } })
  await using hub = await startHub({ db, tenants: crowd, scope: makeWorkScope() })
  // The SDK is loaded now, so that the time is for calls.
  for (const one of hub.installed) await one.client()
  const listed = hub.resync({ source: 'okta', mode: { kind: 'plan' }, signal: AbortSignal.timeout(6000) })
  await expect(listed).rejects.toThrow()
  const calls = crowd.okta.calls.filter(({ path }) => path === '/api/v1/users').length
  expect(calls).toBeGreaterThanOrEqual(10)
  expect(calls).toBeLessThanOrEqual(17)
  expect((await budgetOf(hub, 'okta').take('background', 2)).granted).toBe(0)
})

test('a listing stops below half of the bucket, and goes on when there is more (kind 6)', async () => {
  await wipe(db.sql)
  await using crowd = await startCrowd(8, { okta: { pageSize: 2, rateLimit: { burst: 40, perSecond: 3 } } })
  await using hub = await startHub({ db, tenants: crowd, scope: makeWorkScope() })
  const listings = () => crowd.okta.calls.filter(({ path, query }) => path === '/api/v1/users' && query.filter).length
  // Others use it up.
  const [read] = hub.installed.filter(({ id }) => id === 'okta')
  const client = (await read?.client()) as { get(call: object): Promise<unknown> }
  const signal = new AbortController().signal
  for (let i = 0; i < 25; i++) await client.get({ path: `/api/v1/users/${crowd.ids[0]}`, signal })
  const listed = hub.resync({ source: 'okta', mode: { kind: 'plan' }, signal })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(listings()).toBe(0)
  expect(await listed).toMatchObject({ listed: 8 })
})

test('every call of a look counts at the budget of its vendor, and no call of a lockout does (kind 6)', async () => {
  await wipe(db.sql)
  await using crowd = await startCrowd(1)
  const [id = ''] = crowd.ids
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, enrolEverySeconds: 0.2 }
  const upkeep = { resync: false, verify: { searchDays: 90 }, timing }
  await using hub = await startHub({ db, tenants: crowd, scope: makeWorkScope(), upkeep })
  const count = () => ({
    okta: budgetOf(hub, 'okta').countMade('background'),
    auth0: budgetOf(hub, 'auth0').countMade('background'),
  })
  crowd.okta.users.transition(id, 'deactivate')
  await hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: id })]))
  await eventually(() => expect(crowd.locked()).toEqual([id]))
  await eventually(async () => expect(await hub.deliveries()).toMatchObject([{ status: 'succeeded' }]))
  expect(count()).toEqual({ okta: 0, auth0: 0 })
  expect(budgetOf(hub, 'auth0').countMade('denial')).toBe(crowd.auth0.calls.length)

  const before = { okta: crowd.okta.calls.length, auth0: crowd.auth0.calls.length }
  await passTime(db.sql, 25 * 60 * 60)
  await eventually(async () => {
    const rows = await db.sql`select 1 from hub.event where type like 'hub.verify.%'`
    const [open] = await db.sql`select 1 from hub.delivery where status = 'pending'`
    expect(rows.length > 0 && !open).toBe(true)
  })
  const made = { okta: crowd.okta.calls.length - before.okta, auth0: crowd.auth0.calls.length - before.auth0 }
  expect(made.okta).toBeGreaterThan(0)
  expect(made.auth0).toBeGreaterThan(0)
  expect(count()).toEqual(made)
})
