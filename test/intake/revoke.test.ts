import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { CredentialError } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const cut = () => {
  throw new Error('cut off')
}

test('takes away what is asked for, and answers 204 after it is read back', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  const answer = await stage.ask('deprovision', lumosBody())
  expect(answer.status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  const [grant] = await db.sql`select ended_at, end_reason from hub.access_grant`
  expect(grant).toMatchObject({ end_reason: 'It was taken away.' })
  const kinds = (await stage.hub.deliveries()).map(({ kind, status }) => `${kind} ${status}`)
  expect(kinds).toEqual(['provision succeeded', 'resolve succeeded', 'deprovision succeeded'])
})

test('always runs, also a second time and for what the hub never gave', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:billing`)
  const body = lumosBody({ task: 'https://app.lumos.test/tasks?requestId=1' })
  expect((await stage.ask('deprovision', body)).status).toBe(204)
  expect((await stage.ask('deprovision', body)).status).toBe(204)
  expect(stage.vault.times('deprovision')).toBe(2)
  expect(stage.vault.held.size).toBe(0)
})

test('a body without anything that belongs to a request takes away the whole application', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ permissions: ['eu:read'] }))
  stage.vault.held.add(`${LENA.email} door:billing`)
  const { application, target_user } = lumosBody()
  const answer = await stage.ask('deprovision', { application, target_user })
  expect(answer.status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  const [grant] = await db.sql`select count(*)::int as live from hub.access_grant where ended_at is null`
  expect(grant?.live).toBe(0)
})

test('what was granted once is taken away though the allow-list has changed since', async () => {
  await using first = await setInlineStage({ db })
  await first.ask('provision', lumosBody())
  const { vault } = first
  const { startHub } = await import('../support/hub.ts')
  await using hub = await startHub({
    db,
    tenants: first.tenants,
    connectors: [...(await import('../../connectors/index.ts')).connectors, vault.connector],
    settings: { LUMOS_HOOK_SECRETS: 'vault/*:s', VAULT_GRANTS: '{}' },
  })
  const send = (kind: string) =>
    fetch(`${hub.url}/hooks/lumos/vault/${kind}`, {
      method: 'POST',
      headers: { authorization: 's' },
      body: JSON.stringify(lumosBody()),
    })
  expect((await send('provision')).status).toBe(422)
  expect((await send('deprovision')).status).toBe(204)
  expect(vault.held.size).toBe(0)
})

test('a failed revoke is answered 503, goes on until it is done, and the record shows that it was done later', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  stage.vault.mischief.deprovision = [cut, cut]
  const answer = await stage.ask('deprovision', lumosBody())
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'goes_on' })
  await eventually(async () => {
    const last = (await stage.hub.deliveries()).at(-1)
    expect(last).toMatchObject({ kind: 'deprovision', status: 'succeeded', attempts: 3 })
  })
  expect(stage.vault.held.size).toBe(0)
})

test('a slow revoke is answered 503 at its deadline and is done all the same', async () => {
  await using stage = await setInlineStage({ db, settings: { VAULT_BUDGET_SECONDS: '0.5' } })
  stage.vault.held.add(`${LENA.email} door:billing`)
  stage.vault.mischief.deprovision = [() => sleep(1000)]
  const answer = await stage.ask('deprovision', lumosBody())
  expect(answer.status).toBe(503)
  await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.status).toBe('succeeded'))
  expect(stage.vault.held.size).toBe(0)
  expect(stage.vault.times('deprovision')).toBe(1)
})

test('with the authority unreadable, whoever was last seen under the e-mail loses the access', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  stage.tenants.okta.misbehave({ status: 500, times: 50 })
  const answer = await stage.ask('deprovision', lumosBody())
  expect(answer.status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
})

test('with the authority unreadable and nobody ever seen, it is kept and done when somebody is known', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:billing`)
  stage.tenants.okta.misbehave({ status: 500, times: 4 })
  const answer = await stage.ask('deprovision', lumosBody())
  expect(answer.status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  expect(stage.vault.calls.at(-1)?.person).toBe(LENA.oktaId)
})

test('somebody whom nobody knows loses the access by e-mail alone', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add('gone@acme-demo.test door:billing')
  const answer = await stage.ask('deprovision', lumosBody({ email: 'gone@acme-demo.test' }))
  expect(answer.status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  expect(stage.vault.calls.at(-1)?.person).toBeNull()
})

test('an older pending revoke of the same access comes before a grant', async () => {
  await using stage = await setInlineStage({ db, timing: { pollSeconds: 5 } })
  await stage.ask('provision', lumosBody())
  stage.vault.mischief.deprovision = Array(1000).fill(cut)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  await eventually(async () => {
    await db.sql`update hub.delivery set next_attempt_at = now() + interval '1 hour' where kind = 'deprovision'`
    const far = await db.sql`update hub.lane set next_at = now() + interval '1 hour' where lease_until is null`
    expect(far.count).toBeGreaterThan(1)
  })
  stage.vault.mischief.deprovision = []
  const before = stage.vault.calls.length
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  const order = stage.vault.calls.slice(before).map(({ member }) => member)
  expect(order.indexOf('deprovision')).toBeGreaterThanOrEqual(0)
  expect(order.indexOf('deprovision')).toBeLessThan(order.indexOf('provision'))
  expect(stage.vault.held.size).toBe(1)
})

test('a paused connector keeps a revoke until its credential works again', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:billing`)
  const refuse = () => {
    throw new CredentialError('token revoked')
  }
  stage.vault.mischief.deprovision = [refuse, refuse, refuse, refuse]
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  expect(await stage.hub.alerts()).toContain('hub.alert.connector_paused')
  await eventually(() => expect(stage.vault.held.size).toBe(0))
})

test('observing, nothing is taken away and the sender is told so', async () => {
  await using stage = await setInlineStage({ db, settings: { HUB_MODE: 'observe' } })
  stage.vault.held.add(`${LENA.email} door:billing`)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  expect(stage.vault.held.size).toBe(1)
})

test('a person who is locked out loses what was granted where that is switched on', async () => {
  await using stage = await setInlineStage({ db, settings: { VAULT_REVOKE_ON_DENY: 'true' } })
  await stage.ask('provision', lumosBody())
  stage.silently(LENA.oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await eventually(async () => {
    expect(stage.vault.held.size).toBe(0)
    const [grant] = await db.sql`select ended_at from hub.access_grant`
    expect(grant?.ended_at).toBeTruthy()
  })
})

test('and keeps it where it is not', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  stage.silently(LENA.oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  expect(stage.vault.held.size).toBe(1)
})

/** What is answered while a table of the journal cannot be found. */
async function deprovisionWithout(table: string, stage: InlineStage) {
  await db.sql`alter table ${db.sql(`hub.${table}`)} rename to out_of_reach`
  try {
    const answer = await stage.ask('deprovision', lumosBody())
    return { status: answer.status, body: await answer.json() }
  } finally {
    await db.sql`alter table hub.out_of_reach rename to ${db.sql(table)}`
  }
}

test('a revoke that is committed when the journal fails is answered goes_on, logged, and done when it is back', async () => {
  const logged: string[] = []
  const log = { ...silentLog, error: (_: unknown, message: string) => void logged.push(message) }
  await using stage = await setInlineStage({ db, log })
  await stage.ask('provision', lumosBody())
  // Read by the worker that takes a lane, and not by what commits a hook.
  expect(await deprovisionWithout('owed', stage)).toMatchObject({ status: 503, body: { code: 'goes_on' } })
  expect(logged).toContain('A journaled revoke could not be carried out at once: it goes on')
  await eventually(() => expect(stage.vault.held.size).toBe(0))
})

test('a revoke that the journal did not take is promised nothing', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:billing`)
  expect(await deprovisionWithout('event', stage)).toMatchObject({
    status: 503,
    body: { code: 'journal_unavailable' },
  })
  expect(await stage.hub.deliveries()).toEqual([])
  expect(stage.vault.held.size).toBe(1)
})
