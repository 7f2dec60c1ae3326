import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CredentialError, PermanentError, RetryAfterError } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'
import { makeVault } from '../support/vault.ts'

const db = await testDatabase()
const late = async (seconds: number) => sleep(seconds * 1000)

test('gives what is asked for and answers 204 after it is read back and journaled', async () => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(204)
  expect(stage.vault.held).toEqual(new Set([`${LENA.email} door:billing`]))
  const [delivery] = await db.sql`select kind, status, direction, person, attempts from hub.delivery`
  expect(delivery).toMatchObject({ kind: 'provision', status: 'succeeded', direction: 'allow', attempts: 1 })
  const [grant] = await db.sql`select person, connector, until, had_before, ended_at from hub.access_grant`
  expect(grant).toMatchObject({
    person: delivery?.person,
    connector: 'vault',
    until: null,
    had_before: false,
    ended_at: null,
  })
  expect(stage.vault.calls.map(({ member, person }) => [member, person])).toEqual([
    ['has', LENA.oktaId],
    ['provision', LENA.oktaId],
    ['has', LENA.oktaId],
  ])
})

test.each([
  { what: 'a permission that nobody allowed', body: lumosBody({ permissions: ['root'] }) },
  { what: 'one that nobody allowed beside one that is', body: lumosBody({ permissions: ['billing:operate', 'root'] }) },
  { what: 'an application that nobody allowed', body: lumosBody({ app: 'erp' }) },
  { what: 'the whole of an application that is allowed by permission', body: lumosBody({ permissions: [] }) },
])('$what is 422, recorded and alerted, and nothing happens', async ({ body }) => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('provision', body)
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ code: 'unmapped_request' })
  expect(stage.vault.calls).toEqual([])
  expect(await stage.hub.alerts()).toEqual(['hub.alert.unmapped_request'])
  const [delivery] = await db.sql`select kind, status from hub.delivery where kind = 'provision'`
  expect(delivery).toMatchObject({ status: 'failed' })
})

test('somebody whom the authority does not know is refused with the reason', async () => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('provision', lumosBody({ email: 'nobody@acme-demo.test' }))
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ code: 'refused', detail: expect.stringContaining('knows nobody') })
  expect(stage.vault.calls).toEqual([])
})

test('somebody whom the authority denies is refused with the reason', async () => {
  await using stage = await setInlineStage({ db })
  stage.silently(LENA.oktaId, 'deactivate')
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/^The authority denies .*: DEPROVISIONED/),
  })
  expect(stage.vault.calls).toEqual([])
})

test('while the authority cannot be read nothing is given', async () => {
  await using stage = await setInlineStage({ db })
  stage.tenants.okta.misbehave({ status: 500, times: 20 })
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  expect(stage.vault.calls).toEqual([])
})

test('a refusal by the connector is 422 with its reason, and the delivery has failed', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provision = [
    () => {
      throw new PermanentError('This door has been bricked up.')
    },
  ]
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ detail: 'This door has been bricked up.' })
  expect((await stage.hub.deliveries()).map(({ status }) => status)).toEqual(['failed'])
})

test('a request with an address is provisioned once within its hours, and its success answered again', async () => {
  await using stage = await setInlineStage({ db })
  const body = lumosBody({ task: 'https://app.lumos.test/tasks?requestId=1' })
  expect((await stage.ask('provision', body)).status).toBe(204)
  expect((await stage.ask('provision', body)).status).toBe(204)
  expect(stage.vault.times('provision')).toBe(1)
  expect((await stage.hub.deliveries()).map(({ status }) => status)).toEqual(['succeeded', 'superseded'])
})

test('a failure is not answered again: the request is carried out anew', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provision = [
    () => {
      throw new PermanentError('Not today.')
    },
  ]
  const body = lumosBody({ task: 'https://app.lumos.test/tasks?requestId=2' })
  expect((await stage.ask('provision', body)).status).toBe(422)
  expect((await stage.ask('provision', body)).status).toBe(204)
})

test('a request without an address is carried out every time', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  await stage.ask('provision', lumosBody())
  expect(stage.vault.times('provision')).toBe(2)
})

test('a provision that was not begun in time is superseded, and never happens', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.has = [() => late(2.5)]
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  await eventually(async () => expect((await stage.hub.deliveries())[0]?.status).toBe('superseded'))
  expect(stage.vault.times('provision')).toBe(0)
  expect(stage.vault.held.size).toBe(0)
})

test('what landed after its sender gave up is taken away when it has no end', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provisioned = [() => late(2.5)]
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  await eventually(async () => {
    const rows = await stage.hub.deliveries()
    expect(rows.map(({ kind, status }) => [kind, status])).toEqual([
      ['provision', 'superseded'],
      ['deprovision', 'succeeded'],
    ])
  })
  expect(stage.vault.held.size).toBe(0)
})

test('what landed late and ends by itself is recorded with its end', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provisioned = [() => late(2.5)]
  const answer = await stage.ask('provision', lumosBody({ length: 3600 }))
  expect(answer.status).toBe(503)
  await eventually(async () => expect((await stage.hub.deliveries())[0]?.status).toBe('succeeded'))
  expect(stage.vault.held.size).toBe(1)
  const [end] = await db.sql`
    select extract(epoch from next_attempt_at - now())::int as seconds from hub.delivery where kind = 'deprovision'`
  expect(end?.seconds).toBeGreaterThan(3500)
})

test('half a grant is taken away, and its sender is not told that nothing happened', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provision = [
    () => {
      stage.vault.held.add(`${LENA.email} door:billing`)
      throw new PermanentError('The second door is bricked up.')
    },
  ]
  const answer = await stage.ask('provision', lumosBody({ permissions: ['billing:operate', 'eu:read'] }))
  expect(answer.status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
})

test('what the person had before is left when half a grant is taken away', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:eu`)
  stage.vault.mischief.provision = [
    () => {
      stage.vault.held.add(`${LENA.email} door:billing`)
      throw new Error('cut off')
    },
  ]
  const answer = await stage.ask('provision', lumosBody({ permissions: ['billing:operate', 'eu:read'] }))
  expect(answer.status).toBe(503)
  await eventually(() => expect([...stage.vault.held]).toEqual([`${LENA.email} door:eu`]))
})

test('without a way to read back, whatever may have landed is taken away', async () => {
  await using stage = await setInlineStage({ db, vault: makeVault({ has: false }) })
  stage.vault.mischief.provisioned = [
    () => {
      throw new Error('cut off')
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.status).toBe('succeeded'))
})

test('what a connector says that it cannot tell is not missing: its word for the write counts', async () => {
  await using stage = await setInlineStage({ db, vault: makeVault({ has: null }) })
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(204)
  const [grant] = await db.sql`select had_before from hub.access_grant`
  expect(grant).toMatchObject({ had_before: false })
})

test('a write that the vendor only pretended is not believed', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provisioned = [() => stage.vault.held.clear()]
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('Read back, it is not there') })
})

test('a refused credential pauses the connector, and a paused connector gives nothing', async () => {
  await using stage = await setInlineStage({ db, timing: { probeSeconds: 60 } })
  stage.vault.mischief.provision = [
    () => {
      throw new CredentialError('token revoked')
    },
    () => {
      throw new CredentialError('token revoked')
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  expect(await stage.hub.alerts()).toEqual(['hub.alert.connector_paused'])
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('paused') })
  expect(stage.vault.times('provision')).toBe(2)
})

test('a connector that only grants is tried again by the next grant, and resumed by its success', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.has = [
    () => {
      throw new CredentialError('token revoked')
    },
    () => {
      throw new CredentialError('token revoked')
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(async () => expect((await stage.ask('provision', lumosBody())).status).toBe(204))
  const [connector] = await db.sql`select paused_until from hub.connector where id = 'vault'`
  expect(connector?.paused_until).toBeNull()
})

test('an announced lockout that is not settled yet holds every grant up', async () => {
  await using stage = await setInlineStage({ db })
  stage.tenants.okta.misbehave({ delayMs: 300, times: 50 })
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(422)
  expect(stage.vault.times('provision')).toBe(0)
})

test('a grant that is settled after the person was denied takes itself away', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provisioned = [
    async () => {
      stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
      await eventually(async () => {
        const [row] = await db.sql`select denied_at from hub.person where authority_id = ${LENA.oktaId}`
        expect(row?.denied_at).toBeTruthy()
      })
    },
  ]
  await stage.ask('provision', lumosBody())
  await eventually(async () => {
    expect(stage.vault.held.size).toBe(0)
    const [grant] = await db.sql`select ended_at from hub.access_grant`
    expect(grant?.ended_at).toBeTruthy()
  })
})

test('observing, nothing is given and the sender is told so', async () => {
  await using stage = await setInlineStage({ db, settings: { HUB_MODE: 'observe' } })
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(503)
  expect(stage.vault.times('provision')).toBe(0)
})

test('the placeholder of a trial is answered well, recorded, and nothing happens', async () => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', lumosBody({ app: 'demo_app' }))).status).toBe(204)
  expect(stage.vault.calls).toEqual([])
  expect((await stage.hub.deliveries()).map(({ kind, status }) => [kind, status])).toEqual([['provision', 'succeeded']])
})

test('a vendor that says when to come back is not read back before', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provision = [
    () => {
      throw new RetryAfterError('limited', { retryAfterSeconds: 2 })
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  const [row] = await db.sql`
    select extract(epoch from next_attempt_at - now())::float as seconds from hub.delivery where kind = 'provision'`
  expect(row?.seconds).toBeGreaterThan(1)
})
