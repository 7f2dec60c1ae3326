import { expect, test } from 'vitest'
import { startTenants } from '../../lab/simulators/seed.ts'
import { oktaHook, startHub, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

const people = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ type: 'User', id: `00umade${String(i).padStart(5, '0')}` }))

test('an element that names 28,000 people is answered 204, bounded, recorded and alerted (attack 2)', async () => {
  await using tenants = await closing(startTenants())
  await using hub = await startHub({ db, tenants, journalTimeoutSeconds: 20 })
  const crowd = { ...userEvent({ type: 'user.lifecycle.deactivate', userId: '00u1' }), target: people(28_000) }
  expect((await hub.post(oktaHook([crowd], { org: tenants.okta.url }))).status).toBe(204)
  const [row] = await hub.sql`
    select count(*)::int as events, sum(length(data::text))::int as bytes from hub.event where source = 'okta'`
  expect(row?.events).toBe(1_001)
  expect(row?.bytes).toBeLessThan(1.1 * JSON.stringify(crowd).length)
  expect(await hub.alerts()).toContain('hub.alert.left_out')
})

test('four hundred people and a pad of 960 kB are journaled as one body (attack 2)', async () => {
  await db.sql`truncate hub.event, hub.event_key, hub.delivery, hub.lane`
  await using tenants = await closing(startTenants())
  await using hub = await startHub({ db, tenants, journalTimeoutSeconds: 20 })
  const base = userEvent({ type: 'user.lifecycle.deactivate', userId: '00u1' })
  const element = { ...base, target: people(400), pad: 'x'.repeat(960_000) }
  expect((await hub.post(oktaHook([element], { org: tenants.okta.url }))).status).toBe(204)
  const [row] = await hub.sql`
    select count(*)::int as events, sum(length(data::text))::int as bytes from hub.event where source = 'okta'`
  expect(row?.events).toBe(400)
  expect(row?.bytes).toBeLessThan(1_100_000)
})

test('hooks that were answered 503 while the database hung do not delay those after it (attack 7)', async () => {
  await db.sql`truncate hub.event, hub.event_key, hub.delivery, hub.lane`
  await using tenants = await closing(startTenants())
  await using hub = await startHub({ db, tenants, journalTimeoutSeconds: 0.5 })
  const post = (id: string) => {
    const element = { ...userEvent({ type: 'user.session.start', userId: '00u1', uuid: id }), pad: 'x'.repeat(250_000) }
    return hub.post(oktaHook([element], { org: tenants.okta.url }))
  }
  await db.sql.begin(async (tx) => {
    await tx`lock table hub.event in access exclusive mode`
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => post(`hung-${i}`)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })
  expect((await post('next')).status).toBe(204)
  // What was in a running transaction may be there: at most two of 4 MiB each.
  const [row] = await hub.sql`select count(*)::int as late from hub.event where external_id like 'hung-%'`
  expect(row?.late).toBeLessThanOrEqual(34)
})

async function closing<T extends { close(): Promise<unknown> }>(making: Promise<T>): Promise<T & AsyncDisposable> {
  const made = await making
  return Object.assign(made, {
    async [Symbol.asyncDispose]() {
      await made.close()
    },
  })
}
