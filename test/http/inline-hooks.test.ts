import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

test('a secret opens its own connector and kind, and no other', async () => {
  const settings = { LUMOS_HOOK_SECRETS: 'vault/validate:for-questions,vault/provision:for-grants,auth0/*:other' }
  await using stage = await setInlineStage({ db, settings })
  const statusOf = async (kind: string, authorization: string) =>
    (await stage.ask(kind, lumosBody(), { headers: { authorization } })).status
  expect(await statusOf('validate', 'for-questions')).toBe(200)
  expect(await statusOf('provision', 'for-questions')).toBe(401)
  expect(await statusOf('provision', 'other')).toBe(401)
  expect(await statusOf('provision', 'for-grants')).toBe(204)
  expect(await statusOf('deprovision', 'for-grants')).toBe(401)
})

test('during a rotation both secrets of a hook are good', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_HOOK_SECRETS: 'vault/*:new,vault/*:old' } })
  for (const authorization of ['new', 'old']) {
    expect((await stage.ask('validate', lumosBody(), { headers: { authorization } })).status).toBe(200)
  }
})

test('a wrong secret is 401 before the body is read, and nothing is recorded', async () => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('provision', '{"broken', { headers: { authorization: 'wrong' } })
  expect(answer.status).toBe(401)
  expect((await db.sql`select 1 from hub.event`).length).toBe(0)
})

test('a hook for which nothing is configured lets nobody in', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_HOOK_SECRETS: 'auth0/*:s' } })
  expect((await stage.ask('validate', lumosBody(), { headers: { authorization: '' } })).status).toBe(401)
})

const key = 'signing-secret'
const sign = (text: string) => {
  const at = Date.now()
  return `ts=${at},sig:v1=${createHmac('sha256', key).update(`${at}:${text}`).digest('hex')}`
}

test('where both are configured, both are required', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_SIGNING_SECRETS: `vault/provision:${key}` } })
  const text = JSON.stringify(lumosBody())
  const signature = { 'x-lumos-webhook-signature': sign(text) }
  expect((await stage.ask('provision', text)).status).toBe(401)
  expect((await stage.ask('provision', text, { headers: { ...signature, authorization: 'wrong' } })).status).toBe(401)
  expect((await stage.ask('provision', text, { headers: signature })).status).toBe(204)
  expect((await stage.ask('validate', text)).status).toBe(200)
})

test.each([
  { path: '/hooks/lumos/nothing/provision', what: 'a connector that is not there' },
  { path: '/hooks/lumos/vault/destroy', what: 'a kind that is none' },
  { path: '/hooks/lumos/alerts/provision', what: 'a connector that does not serve it' },
  { path: '/hooks/okta/vault/provision', what: 'a source that asks nothing' },
])('$what is 404', async ({ path }) => {
  await using stage = await setInlineStage({ db })
  const answer = await fetch(stage.hub.url + path, {
    method: 'POST',
    headers: { authorization: inlineSecret },
    body: JSON.stringify(lumosBody()),
  })
  expect(answer.status).toBe(404)
})

test.each([
  { what: 'what is not JSON', body: '{', status: 400, code: 'not_json' },
  { what: 'what is not UTF-8', body: new Uint8Array([123, 34, 255, 34, 125]), status: 400, code: 'not_json' },
  { what: 'more than 1 MiB', body: ' '.repeat(1024 * 1024 + 1), status: 413, code: 'body_too_large' },
  {
    what: 'a body without anybody',
    body: JSON.stringify({ application: { app_id: 'x' } }),
    status: 422,
    code: 'wrong_request',
  },
])('$what is $status', async ({ body, status, code }) => {
  await using stage = await setInlineStage({ db })
  const answer = await fetch(`${stage.hub.url}/hooks/lumos/vault/provision`, {
    method: 'POST',
    headers: { authorization: inlineSecret },
    body,
  })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toMatchObject({ code })
  expect(stage.vault.calls).toEqual([])
})

test('a request that is not understood names the field, never its value, and is recorded', async () => {
  await using stage = await setInlineStage({ db })
  const body = { ...lumosBody(), target_user: { email: 'no-address SECRET' } }
  const answer = await stage.ask('provision', body)
  const text = await answer.text()
  expect(answer.status).toBe(422)
  expect(text).toContain('target_user.email')
  expect(text).not.toContain('SECRET')
  const [event] = await db.sql`select type from hub.event`
  expect(event?.type).toBe('unparseable')
})

test('Lumos’ SIEM hook is recorded in both its shapes, once each', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_HOOK_SECRETS: 'events:siem' } })
  const event = {
    event_hash: '7c1e',
    event_type: 'APP_STORE_CREATE_ACCESS_REQUEST',
    event_began_at: '2026-04-02T09:11:42.104233',
  }
  const send = (body: unknown) =>
    fetch(`${stage.hub.url}/hooks/lumos`, {
      method: 'POST',
      headers: { authorization: 'siem' },
      body: JSON.stringify(body),
    })
  expect((await send({ event })).status).toBe(204)
  expect((await send(event)).status).toBe(204)
  expect((await send({ ...event, event_hash: '7c1f', outcome: 'SUCCEEDED' })).status).toBe(204)
  const rows = await db.sql`select type, time from hub.event order by id`
  expect(rows.map(({ type }) => type)).toEqual(Array(2).fill('APP_STORE_CREATE_ACCESS_REQUEST'))
  expect(new Date(rows[0]?.time).toISOString()).toBe('2026-04-02T09:11:42.104Z')
})

test('another platform signs by Standard Webhooks, and speaks the hub’s own form', async () => {
  const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
  await using stage = await setInlineStage({
    db,
    settings: { PLATFORM_SIGNING_SECRETS: `vault/*:${secret}`, PLATFORM_END_ACCESS: 'false' },
  })
  const { target_user, permissions } = lumosBody()
  const text = JSON.stringify({
    subject: { email: target_user.email },
    application: { id: 'orbit-admin' },
    permissions,
    access_length_seconds: 60,
    fields: { floor: 12 },
  })
  const send = (kind: string, { at = new Date(), body = text } = {}) =>
    fetch(`${stage.hub.url}/hooks/platform/vault/${kind}`, {
      method: 'POST',
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, text),
      },
      body,
    })
  expect((await send('provision')).status).toBe(204)
  expect(stage.vault.held.size).toBe(1)
  expect(await (await send('validate')).json()).toEqual({ answer: 'reject', message: 'The building has nine floors.' })
  expect((await send('provision', { body: text.replace('orbit', 'other') })).status).toBe(401)
  expect((await send('provision', { at: new Date(Date.now() - 600_000) })).status).toBe(401)
})
