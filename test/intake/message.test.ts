import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, userEvent } from '../support/hub.ts'
import { type InlineStage, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const secretBytes = Buffer.alloc(32, 5)
const settings = {
  PLATFORM_SIGNING_SECRETS: `vault/*:whsec_${secretBytes.toString('base64')}`,
  PLATFORM_END_ACCESS: 'false',
}

type Asked = { permission?: string; length?: number; task?: string | null; email?: string; app?: string }

const bodyOf = ({
  permission = 'billing:operate',
  length,
  task = null,
  email = LENA.email,
  app = 'orbit-admin',
}: Asked = {}) =>
  JSON.stringify({
    subject: { email },
    application: { id: app },
    permissions: [{ value: permission }],
    ...(length ? { access_length_seconds: length } : {}),
    task_url: task,
  })

/** Sends a message as the platform would, signed anew each time. */
async function send(url: string, kind: string, id: string, body = bodyOf()) {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', secretBytes).update(`${id}.${timestamp}.${body}`).digest('base64')
  const answer = await fetch(`${url}/hooks/platform/vault/${kind}`, {
    method: 'POST',
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
    body,
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

async function start(more: Partial<Parameters<typeof setInlineStage>[0]> = {}) {
  const stage = await setInlineStage({ db, settings, ...more })
  const ask = (kind: string, id: string, body?: string) => send(stage.hub.url, kind, id, body)
  return Object.assign(stage, { send: ask })
}

const down = () => {
  throw new Error('down')
}
const door = `${LENA.email} door:billing`
const failWrites = (stage: InlineStage, times = 1) => {
  stage.vault.mischief.provision = Array(times).fill(down)
}
const settled = (stage: InlineStage) =>
  eventually(async () =>
    expect((await stage.hub.deliveries()).filter(({ status }) => ['pending', 'uncertain'].includes(status))).toEqual(
      [],
    ),
  )

test('a provision that failed and is sent again after a revoke gives nothing (case 01)', async () => {
  await using stage = await start()
  failWrites(stage)
  expect((await stage.send('provision', 'msg_1')).status).toBe(503)
  expect((await stage.send('deprovision', 'msg_2')).status).toBe(204)
  const again = await stage.send('provision', 'msg_1')
  expect([again.status, again.body.code]).toEqual([422, 'refused'])
  expect(await stage.send('provision', 'msg_1')).toEqual(again)
  expect(stage.vault.held.size).toBe(0)
  expect(stage.vault.times('provision')).toBe(1)
})

test('a provision that was done, whose answer was lost, gives nothing back after a revoke (case 01)', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect((await stage.send('deprovision', 'msg_2')).status).toBe(204)
  const again = await stage.send('provision', 'msg_1')
  expect([again.status, again.body.code]).toEqual([422, 'refused'])
  expect(again.body.detail).toContain('A later request took the same access away')
  expect(stage.vault.held.size).toBe(0)
  expect(stage.vault.times('provision')).toBe(1)
})

test('a provision that was refused is refused the same way when it comes again (case 02)', async () => {
  await using stage = await start()
  stage.silently(LENA.oktaId, 'suspend')
  const refused = await stage.send('provision', 'msg_3')
  expect([refused.status, refused.body.code]).toEqual([422, 'refused'])
  stage.silently(LENA.oktaId, 'unsuspend')
  const before = await db.sql`select id from hub.delivery`
  expect(await stage.send('provision', 'msg_3')).toEqual(refused)
  expect((await db.sql`select id from hub.delivery`).length).toBe(before.length)
  expect(stage.vault.times('provision')).toBe(0)
  // Another message is another request.
  expect((await stage.send('provision', 'msg_4')).status).toBe(204)
})

test('one message is carried out once, however often it comes (case 09)', async () => {
  await using stage = await start()
  const answers = []
  for (let i = 0; i < 5; i++) answers.push((await stage.send('provision', 'msg_9')).status)
  expect(answers).toEqual(Array(5).fill(204))
  expect(stage.vault.times('provision')).toBe(1)
  expect((await db.sql`select 1 from hub.access_grant`).length).toBe(1)
})

test('copies at the same moment, at several hubs, are one call to the vendor (case 09)', async () => {
  await using stage = await start()
  await using other = await startHub({
    db,
    tenants: stage.tenants,
    connectors: [...stage.hub.installed.map(({ connector }) => connector)],
    settings: { ...settings, VAULT_GRANTS: JSON.stringify({ 'orbit-admin': { 'billing:operate': 'door:billing' } }) },
  })
  for (const one of other.installed) await one.client()
  stage.vault.mischief.provision = [() => new Promise((resolve) => setTimeout(resolve, 300))]
  const urls = [stage.hub.url, other.url, stage.hub.url, other.url]
  const answers = await Promise.all(urls.map((url) => send(url, 'provision', 'msg_9')))
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
  expect(stage.vault.times('provision')).toBe(1)
  expect((await send(other.url, 'provision', 'msg_9')).status).toBe(204)
  expect(stage.vault.times('provision')).toBe(1)
})

test('a second copy that cannot wait any longer is told that the first is carried out', async () => {
  await using stage = await start({ settings: { ...settings, VAULT_BUDGET_SECONDS: '0.5' } })
  stage.vault.mischief.provision = [() => new Promise((resolve) => setTimeout(resolve, 1200))]
  const [first, second] = await Promise.all([
    stage.send('provision', 'msg_1'),
    new Promise((resolve) => setTimeout(resolve, 100)).then(() => stage.send('provision', 'msg_1')),
  ])
  expect([first.status, second.status]).toEqual([503, 503])
  expect(stage.vault.times('provision')).toBe(1)
})

test('a provision that was answered 503 is taken up again when nothing speaks against it', async () => {
  await using stage = await start()
  failWrites(stage)
  expect((await stage.send('provision', 'msg_1')).status).toBe(503)
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect(stage.vault.held).toEqual(new Set([door]))
  await settled(stage)
  expect(stage.vault.held).toEqual(new Set([door]))
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect(stage.vault.times('provision')).toBe(2)
})

test('what an earlier copy gave too late, and the hub took away, does not speak against the message', async () => {
  await using stage = await start()
  stage.vault.mischief.provisioned = [down]
  expect((await stage.send('provision', 'msg_1')).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled(stage)
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect(stage.vault.held).toEqual(new Set([door]))
})

test('a message yields to a denial since it first came, though the person is back', async () => {
  await using stage = await start()
  failWrites(stage)
  expect((await stage.send('provision', 'msg_1')).status).toBe(503)
  const isDenied = async () => {
    const [person] = await db.sql`select denied_at from hub.person where authority_id = ${LENA.oktaId}`
    return Boolean(person?.denied_at)
  }
  const turn = async (verb: 'suspend' | 'unsuspend') => {
    stage.silently(LENA.oktaId, verb)
    await stage.hub.post(oktaHook([userEvent({ type: `user.lifecycle.${verb}`, userId: LENA.oktaId })]))
    await eventually(async () => expect(await isDenied()).toBe(verb === 'suspend'))
  }
  await turn('suspend')
  await turn('unsuspend')
  await settled(stage)
  const again = await stage.send('provision', 'msg_1')
  expect([again.status, again.body.code]).toEqual([422, 'refused'])
  expect(again.body.detail).toContain('denies the person')
  expect(stage.vault.held.size).toBe(0)
  expect((await stage.send('provision', 'msg_5')).status).toBe(204)
})

test('a revoke that comes again takes nothing that was given since it first came', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  stage.vault.mischief.deprovision = [down]
  expect((await stage.send('deprovision', 'msg_2')).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled(stage)
  expect((await stage.send('provision', 'msg_3')).status).toBe(204)
  for (let i = 0; i < 2; i++) expect((await stage.send('deprovision', 'msg_2')).status).toBe(204)
  expect(stage.vault.held).toEqual(new Set([door]))
})

test('a revoke that is not done yet is taken up again by its next copy, and is done once', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  stage.vault.mischief.deprovision = Array(2).fill(down)
  expect((await stage.send('deprovision', 'msg_2')).body.code).toBe('goes_on')
  await eventually(async () => expect((await stage.send('deprovision', 'msg_2')).status).toBe(204))
  expect(stage.vault.held.size).toBe(0)
  expect((await db.sql`select 1 from hub.event where type = 'inline.deprovision'`).length).toBe(1)
})

test('an id with another body is refused for a provision and carried out for a revoke, and both are alerted', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  const other = await stage.send('provision', 'msg_1', bodyOf({ permission: 'eu:read' }))
  expect([other.status, other.body.code]).toEqual([422, 'message_id_reused'])
  expect(stage.vault.held).toEqual(new Set([door]))
  // The first body keeps its answer.
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect((await stage.send('deprovision', 'msg_1', bodyOf({ permission: 'eu:read' }))).status).toBe(204)
  expect((await stage.send('deprovision', 'msg_1')).status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  expect(await stage.hub.alerts()).toEqual(['hub.alert.message_id_reused', 'hub.alert.message_id_reused'])
})

test('an id counts for its own address alone, and a question is asked anew each time', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  for (let i = 0; i < 2; i++) expect((await stage.send('validate', 'msg_1')).status).toBe(200)
  expect(stage.vault.times('validate')).toBe(2)
  expect((await stage.send('deprovision', 'msg_1')).status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
})

test('what was not understood, not allowed or a trial is answered the same again, and recorded once', async () => {
  await using stage = await start()
  const bodies = [
    bodyOf({ email: 'no-address' }),
    bodyOf({ permission: 'nobody-allowed-this' }),
    bodyOf({ app: 'test' }),
  ]
  for (const [i, body] of bodies.entries()) {
    const first = await stage.send('provision', `msg_${i}`, body)
    expect(await stage.send('provision', `msg_${i}`, body)).toEqual(first)
  }
  const events = await db.sql`select 1 from hub.event where source = 'platform'`
  expect(events.length).toBe(3)
})

test('the end of access is counted from the first copy, and what is over is not given', async () => {
  await using stage = await start()
  failWrites(stage)
  const body = bodyOf({ length: 2 })
  expect((await stage.send('provision', 'msg_1', body)).status).toBe(503)
  await db.sql`update hub.signed_message set first_at = first_at - interval '3 s'`
  const again = await stage.send('provision', 'msg_1', body)
  expect([again.status, again.body.code]).toEqual([422, 'refused'])
  expect(stage.vault.held.size).toBe(0)
})

test('a message whose hub died is taken up by the next copy when its lease is over', async () => {
  await using stage = await start()
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  // As if the process had died after the grant was recorded, and before it was answered.
  await db.sql`update hub.signed_message set answer = null, lease_until = now() + interval '0.5 s'`
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  expect(stage.vault.times('provision')).toBe(1)
})

test('messages are kept as hashes for 30 days after their last copy, and without a good signature none is', async () => {
  await using stage = await start({ upkeep: { sources: ['platform'], resync: false } })
  for (const id of ['msg_1', 'msg_2']) await stage.send('provision', id)
  const [row] = await db.sql`select * from hub.signed_message limit 1`
  expect(JSON.stringify(row)).not.toMatch(/msg_|lena|billing/i)
  const forged = await fetch(`${stage.hub.url}/hooks/platform/vault/provision`, {
    method: 'POST',
    headers: {
      'webhook-id': 'msg_3',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,eA==',
    },
    body: bodyOf(),
  })
  expect(forged.status).toBe(401)
  const count = async () => (await db.sql`select 1 from hub.signed_message`).length
  expect(await count()).toBe(2)
  await db.sql`update hub.signed_message set first_at = now() - interval '40 days', seen_at = now() - interval '29 days'`
  expect((await stage.send('provision', 'msg_1')).status).toBe(204)
  await db.sql`update hub.signed_message set seen_at = seen_at - interval '2 days'`
  await eventually(async () => expect(await count()).toBe(1))
  expect(stage.vault.times('provision')).toBe(2)
})

test('without a signed id each hook is a request of its own', async () => {
  await using stage = await start({
    settings: { PLATFORM_HOOK_SECRETS: 'vault/*:static', PLATFORM_END_ACCESS: 'false' },
  })
  for (let i = 0; i < 2; i++) {
    const headers = { authorization: 'static', 'webhook-id': 'msg_1' }
    const answer = await fetch(`${stage.hub.url}/hooks/platform/vault/provision`, {
      method: 'POST',
      headers,
      body: bodyOf(),
    })
    expect(answer.status).toBe(204)
  }
  expect(stage.vault.times('provision')).toBe(2)
  expect((await db.sql`select 1 from hub.signed_message`).length).toBe(0)
})
