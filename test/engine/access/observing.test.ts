import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connectors } from '../../../connectors/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub, type TestHub } from '../../support/hub.ts'
import { type InlineStage, inlineSecret, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'
import { vaultGrants } from '../../support/vault.ts'

const db = await testDatabase()
const cut = () => {
  throw new Error('cut off')
}

type Play = { settings?: Record<string, string>; meanwhile?(hub: TestHub): unknown }

/** The stage's hub ends; another one observes for a while, and does not write; then one enforces. */
async function observeThenEnforce(stage: InlineStage, { settings, meanwhile }: Play = {}): Promise<TestHub> {
  await Promise.all([stage.hub.drain.stop(), stage.hub.inline.stop()])
  const options = {
    db,
    tenants: stage.tenants,
    connectors: [...connectors, stage.vault.connector],
    settings: { LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret}`, VAULT_GRANTS: vaultGrants, ...settings },
  }
  const held = [...stage.vault.held]
  const calls = stage.vault.times('deprovision')
  {
    await using observing = await startHub({
      ...options,
      settings: { ...options.settings, HUB_MODE: 'observe' },
    })
    await meanwhile?.(observing)
    await eventually(async () => {
      const outcomes = await lastOutcomes()
      expect(outcomes.length).toBeGreaterThan(0)
      expect(outcomes.filter((outcome) => outcome !== 'observing')).toEqual([])
    })
    const attempts = await attemptsMade()
    await sleep(600)
    // It neither spins nor uses its schedule up, and raises no alert.
    expect(await attemptsMade()).toBe(attempts)
    expect(await observing.alerts()).toEqual([])
  }
  expect([...stage.vault.held]).toEqual(held)
  expect(stage.vault.times('deprovision')).toBe(calls)
  const enforcing = await startHub(options)
  await enforcing.actOnObserved()
  return enforcing
}

const attemptsMade = async () => (await db.sql`select 1 from hub.attempt`).length

/** How the last attempt of each revoke ended that is not over. */
const lastOutcomes = async () =>
  (
    await db.sql`select (select a.outcome from hub.attempt a where a.delivery_id = d.id order by a.started_at desc limit 1)
      from hub.delivery d where d.status in ('pending', 'uncertain')`
  ).map(({ outcome }) => String(outcome))

const isDone = async (hub: TestHub) => {
  const left = (await hub.deliveries()).filter(({ status }) => !['succeeded', 'superseded'].includes(status))
  expect(left).toEqual([])
}

async function timeIsUp(): Promise<void> {
  await db.sql`update hub.access_grant set until = until - interval '1 hour'`
  await db.sql`update hub.delivery set next_attempt_at = next_attempt_at - interval '1 hour'
    where kind = 'deprovision' and next_attempt_at is not null`
  await db.sql`update hub.lane set next_at = next_at - interval '1 hour'`
}

test('an end that falls due while the hub observes is carried out when it enforces', async () => {
  const ends = { LUMOS_END_ACCESS: 'true' }
  await using stage = await setInlineStage({ db, settings: ends })
  expect((await stage.ask('provision', lumosBody({ length: 1800 }))).status).toBe(204)
  await using hub = await observeThenEnforce(stage, { settings: ends, meanwhile: timeIsUp })
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(() => isDone(hub))
  const [grant] = await db.sql`select end_reason from hub.access_grant`
  expect(grant).toMatchObject({ end_reason: 'Its time is over.' })
})

test('a revoke that was answered goes_on outlives the time in which the hub observes', async () => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  stage.vault.mischief.deprovision = [cut]
  await stage.hub.drain.stop()
  const answer = await stage.ask('deprovision', lumosBody())
  expect(await answer.json()).toMatchObject({ code: 'goes_on' })
  await using hub = await observeThenEnforce(stage)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(() => isDone(hub))
  const last = (await hub.deliveries()).at(-1)
  // The one before, and the one that was carried out: what was only observed does not count.
  expect(last).toMatchObject({ kind: 'deprovision', status: 'succeeded', attempts: 2 })
})

test('what landed late is read back while the hub observes, and taken away when it enforces', async () => {
  await using stage = await setInlineStage({ db })
  await stage.hub.drain.stop()
  stage.vault.mischief.provisioned = [cut]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await using hub = await observeThenEnforce(stage)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(() => isDone(hub))
})

test('a revoke whose person nobody could name is kept while the hub observes, and done when it enforces', async () => {
  await using stage = await setInlineStage({ db })
  await stage.hub.drain.stop()
  stage.vault.held.add(`${LENA.email} door:billing`)
  stage.vault.held.add('gone@acme-demo.test door:billing')
  for (const email of [LENA.email, 'gone@acme-demo.test']) {
    const calm = stage.tenants.okta.misbehave({ status: 500 })
    const answer = await stage.ask('deprovision', lumosBody({ email }))
    expect(await answer.json()).toMatchObject({ code: 'goes_on' })
    calm()
  }
  await using hub = await observeThenEnforce(stage)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(() => isDone(hub))
})

test('a revoke that is late while the hub observes was answered goes_on, and is kept', async () => {
  await using stage = await setInlineStage({ db, settings: { HUB_MODE: 'observe', VAULT_BUDGET_SECONDS: '0.3' } })
  stage.tenants.okta.misbehave({ delayMs: 500 })
  for (const email of [LENA.email, 'gone@acme-demo.test']) {
    const answer = await stage.ask('deprovision', lumosBody({ email }))
    expect(await answer.json()).toMatchObject({ code: 'goes_on' })
  }
  await eventually(async () => expect(await lastOutcomes()).toEqual(['observing', 'observing']))
})

test('a revoke whose sender hears that the hub observes is over, and is not carried out later', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_END_ACCESS: 'true' } })
  expect((await stage.ask('provision', lumosBody({ permissions: ['eu:read'], length: 1800 }))).status).toBe(204)
  stage.vault.held.add(`${LENA.email} door:billing`)
  await using hub = await observeThenEnforce(stage, {
    meanwhile: async ({ url }) => {
      const answer = await fetch(`${url}/hooks/lumos/vault/deprovision`, {
        method: 'POST',
        headers: { authorization: inlineSecret },
        body: JSON.stringify(lumosBody()),
      })
      expect(await answer.json()).toMatchObject({ code: 'observing' })
      await timeIsUp()
    },
  })
  await eventually(() => isDone(hub))
  expect([...stage.vault.held]).toEqual([`${LENA.email} door:billing`])
})

test('an enforcing hub leaves what waits for its schedule or its end as it is', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_END_ACCESS: 'true' } })
  expect((await stage.ask('provision', lumosBody({ length: 1800 }))).status).toBe(204)
  await stage.hub.actOnObserved()
  await sleep(300)
  expect(stage.vault.held.size).toBe(1)
  expect((await stage.hub.deliveries()).at(-1)).toMatchObject({ kind: 'deprovision', status: 'pending', attempts: 0 })
})
