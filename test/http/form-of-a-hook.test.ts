import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { hookSecret } from '../../lab/environment.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { eventually } from '../support/eventually.ts'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const lumosKey = 'the-signing-secret-of-lumos'
/** One refused secret is an alert. */
const refusals = { count: 1, withinSeconds: 60 }
const upkeep = { resync: false, sources: ['okta', 'lumos', 'platform'] }

const logged: { message: string; facts: Record<string, unknown> }[] = []
const note = (facts: Record<string, unknown>, message: string) => void logged.push({ facts, message })
const log = { debug: () => {}, info: () => {}, warn: note, error: note }

async function start() {
  logged.length = 0
  const stage = await setInlineStage({
    db,
    log,
    settings: {
      PLATFORM_SIGNING_SECRETS: `vault/*:${secret}`,
      LUMOS_HOOK_SECRETS: `vault/validate:${inlineSecret},events:${inlineSecret}`,
      LUMOS_SIGNING_SECRETS: `vault/preapprove:${lumosKey}`,
    },
    upkeep: { ...upkeep, timing: { ...defaultUpkeepTiming, tickSeconds: 0.05, refusals } },
  })
  const post = async (path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) => {
    const answer = await fetch(stage.hub.url + path, { method: 'POST', headers, body })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
  }
  return Object.assign(stage, { post })
}

const asked = { subject: { email: LENA.email, given_name: 'Léna' }, application: { id: 'orbit-admin' } }
const platformText = JSON.stringify({ ...asked, permissions: [{ value: 'billing:operate' }] })
const bytesOf = (text: string, encoding: BufferEncoding = 'utf8') => new Uint8Array(Buffer.from(text, encoding))

/** Signs these very bytes. */
function sign(raw: Uint8Array, { prefix = 'webhook', id = 'msg_1', at = Date.now() } = {}): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const mac = createHmac('sha256', Buffer.alloc(32, 5)).update(`${id}.${timestamp}.`).update(raw).digest('base64')
  return { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: timestamp, [`${prefix}-signature`]: `v1,${mac}` }
}

function signAsLumos(raw: Uint8Array, at = Date.now()): Record<string, string> {
  const mac = createHmac('sha256', lumosKey).update(`${at}:`).update(raw).digest('hex')
  return { 'x-lumos-webhook-signature': `ts=${at},sig:v1=${mac}` }
}

const ways = (raw: Uint8Array<ArrayBuffer>) => [
  { path: '/hooks/platform/vault/validate', headers: sign(raw), answer: 200 },
  { path: '/hooks/lumos/vault/validate', headers: { authorization: inlineSecret }, answer: 200 },
  { path: '/hooks/lumos/vault/preapprove', headers: signAsLumos(raw), answer: 200 },
  { path: '/hooks/lumos', headers: { authorization: inlineSecret }, answer: 204 },
  { path: '/hooks/okta', headers: { authorization: hookSecret }, answer: 204 },
]

/** One body that every door understands. */
const everyText = JSON.stringify({
  ...lumosBody(),
  ...JSON.parse(platformText),
  application: { id: 'orbit-admin', app_id: 'orbit-admin' },
})

const forms: { form: string; bytes: Uint8Array<ArrayBuffer> }[] = [
  { form: 'begins with a byte order mark (case 03)', bytes: bytesOf(`\uFEFF${everyText}`) },
  { form: 'is Latin-1 and not UTF-8', bytes: bytesOf(everyText, 'latin1') },
  { form: 'is UTF-16 with its mark', bytes: bytesOf(`\uFEFF${everyText}`, 'utf16le') },
  { form: 'is UTF-16 without a mark', bytes: bytesOf(everyText, 'utf16le') },
]

test.each(forms)('each door takes a body that $form', async ({ bytes }) => {
  await using stage = await start()
  for (const { path, headers, answer } of ways(bytes)) {
    const { status } = await stage.post(path, headers, bytes)
    expect({ path, status }).toEqual({ path, status: answer })
  }
  expect(logged.filter(({ message }) => message.includes('refused'))).toEqual([])
  const [asked] = await db.sql`
    select data from hub.event where source = 'platform' and type = 'inline.validate' limit 1`
  expect(asked?.data.subject.given_name).toBe('Léna')
})

const packers = [
  { coding: 'gzip', pack: gzipSync },
  { coding: 'X-GZIP', pack: gzipSync },
  { coding: 'deflate', pack: deflateSync },
  { coding: 'deflate', pack: deflateRawSync },
  { coding: 'br', pack: brotliCompressSync },
  { coding: 'identity', pack: (bytes: Uint8Array) => bytes },
  { coding: 'UTF-8', pack: (bytes: Uint8Array) => bytes },
]

test('each door unpacks a body before it looks at its signature (case 06)', async () => {
  await using stage = await start()
  const raw = bytesOf(everyText)
  for (const { coding, pack } of packers) {
    for (const { path, headers, answer } of ways(raw)) {
      const given = { ...headers, 'content-encoding': coding }
      const { status } = await stage.post(path, given, new Uint8Array(pack(raw)))
      expect({ coding, path, status }).toEqual({ coding, path, status: answer })
    }
  }
})

test('a small body that unpacks to more than 1 MiB is 413, and to exactly 1 MiB is taken (case 06)', async () => {
  await using stage = await start()
  const headers = { authorization: hookSecret, 'content-encoding': 'gzip' }
  const packed = (bytes: number) => new Uint8Array(gzipSync(Buffer.from(`"${'x'.repeat(bytes - 2)}"`)))
  const largest = 1024 * 1024
  expect((await stage.post('/hooks/okta', headers, packed(largest))).status).toBe(204)
  expect((await stage.post('/hooks/okta', headers, packed(largest + 1))).status).toBe(413)
  const bomb = await stage.post('/hooks/okta', headers, packed(100 * largest))
  expect([bomb.status, bomb.body.code]).toEqual([413, 'body_too_large'])
})

test('a coding that is not undone here is 415, which names those that are (case 06)', async () => {
  await using stage = await start()
  for (const coding of ['zstd', 'compress', 'gzip, gzip', 'secret-sauce']) {
    const headers = { authorization: hookSecret, 'content-encoding': coding }
    const { status, headers: said, body } = await stage.post('/hooks/okta', headers, '{}')
    expect([status, body.code]).toEqual([415, 'unknown_encoding'])
    expect(said.get('accept-encoding')).toBe('gzip, x-gzip, deflate, br')
  }
})

test('a body that was cut is 400 and never a wrong secret, signed or packed', async () => {
  await using stage = await start()
  const whole = bytesOf(everyText)
  const cut = whole.slice(0, -20)
  const packed = new Uint8Array(gzipSync(whole)).slice(0, -20)
  const codesOf = async (headers: Record<string, string>, body: Uint8Array<ArrayBuffer>) => {
    const { status, body: said } = await stage.post('/hooks/platform/vault/validate', headers, body)
    return [status, said.code]
  }
  expect(await codesOf(sign(cut), cut)).toEqual([400, 'not_json'])
  expect(await codesOf(sign(whole), cut)).toEqual([400, 'not_json'])
  expect(await codesOf({ ...sign(whole), 'content-encoding': 'gzip' }, packed)).toEqual([400, 'cut_body'])
  expect(await codesOf({ ...sign(whole), 'content-encoding': 'gzip' }, whole)).toEqual([400, 'cut_body'])
  const lumos = await stage.post('/hooks/lumos/vault/preapprove', signAsLumos(whole), cut)
  expect([lumos.status, lumos.body.code]).toEqual([400, 'not_json'])
  expect(logged).toEqual([])
  expect(await stage.hub.alerts()).toEqual([])
})

test('a sender that hangs up within its body is no failure of the hub', async () => {
  await using stage = await start()
  const { port } = new URL(stage.hub.url)
  for (const head of ['content-length: 1000', 'transfer-encoding: chunked']) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    const lines = ['POST /hooks/okta HTTP/1.1', 'host: hub', `authorization: ${hookSecret}`, head, '', '5\r\n{"a"']
    await new Promise<void>((resolve) => socket.write(lines.join('\r\n'), () => resolve()))
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
  }
  expect((await stage.post('/hooks/okta', { authorization: hookSecret }, '{}')).status).toBe(204)
  expect(logged).toEqual([])
})

test('a slash too many in the address of a hook counts as none (case 05)', async () => {
  await using stage = await start()
  const raw = bytesOf(everyText)
  for (const { path, headers, answer } of ways(raw)) {
    for (const spelled of [`${path}/`, `/${path}`, path.replaceAll('/', '//'), `${path}//`, `${path}/?a=1`]) {
      const { status } = await stage.post(spelled, headers, raw)
      expect({ spelled, status }).toEqual({ spelled, status: answer })
    }
  }
  const challenge = { 'x-okta-verification-challenge': 'c' }
  expect((await fetch(`${stage.hub.url}/hooks/okta/`, { headers: challenge })).status).toBe(200)
  expect((await fetch(`${stage.hub.url}//metrics`)).status).toBe(404)
})

/** Sends a request target as it is: fetch would take dots out of it. */
function ask(url: string, { path, method = 'GET' }: { path: string; method?: string }) {
  const { port } = new URL(url)
  return new Promise<{ status: number; allow: string | undefined }>((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, agent: false }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode ?? 0, allow: answer.headers.allow })
    })
    asking.once('error', reject)
    asking.end()
  })
}

test('a target with segments of dots is refused, however it is written (attack 11)', async () => {
  await using stage = await start()
  const paths = [
    '/hooks/../metrics',
    '/hooks/%2e%2e/metrics',
    '/hooks/.%2E/metrics',
    '/hooks/./okta',
    '/hooks/..\\metrics',
  ]
  const more = ['/hooks/%2e%2e%2fmetrics', '/..', '/hooks/okta/..', `${stage.hub.url}/hooks/../metrics`]
  for (const path of [...paths, ...more]) {
    expect({ path, status: (await ask(stage.hub.url, { path })).status }).toEqual({ path, status: 400 })
  }
  for (const path of ['/metrics?next=/../a', '/metrics']) {
    expect({ path, status: (await ask(stage.hub.url, { path })).status }).toEqual({ path, status: 200 })
  }
})

test('another method at an inline address is 405 with Allow, and an unknown address stays 404 (case 07)', async () => {
  await using stage = await start()
  for (const method of ['HEAD', 'OPTIONS', 'GET', 'PUT', 'DELETE', 'PATCH']) {
    const at = (path: string) => ask(stage.hub.url, { path, method })
    expect(await at('/hooks/platform/vault/provision')).toEqual({ status: 405, allow: 'POST' })
    expect(await at('/hooks/platform/vault/provision/')).toEqual({ status: 405, allow: 'POST' })
    expect((await at('/hooks/platform/nothing/provision')).status).toBe(404)
    expect((await at('/hooks/platform/vault/destroy')).status).toBe(404)
  }
  expect(await ask(stage.hub.url, { path: '/hooks/okta', method: 'OPTIONS' })).toEqual({
    status: 405,
    allow: 'GET, POST',
  })
  expect(logged).toEqual([])
})

test('the address for event hooks of a platform that sends none is 404 by every method, says so, and is no refused secret', async () => {
  await using stage = await start()
  const raw = bytesOf(platformText)
  for (const path of ['/hooks/platform', '/hooks/platform/']) {
    const { status, body } = await stage.post(path, sign(raw), raw)
    expect([status, body.code]).toEqual([404, 'no_event_hooks'])
    expect(body.detail).toContain('/hooks/platform/<connector>/<kind>')
    for (const method of ['HEAD', 'OPTIONS', 'GET', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask(stage.hub.url, { path, method })).status).toBe(404)
    }
  }
  expect(logged).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await stage.hub.alerts()).toEqual([])
})

test('the signature’s headers are taken under either of their names, and what is missing is named (case 08)', async () => {
  await using stage = await start()
  const raw = bytesOf(platformText)
  const send = (headers: Record<string, string>) => stage.post('/hooks/platform/vault/validate', headers, raw)
  expect((await send(sign(raw, { prefix: 'svix' }))).status).toBe(200)
  expect((await send({ 'webhook-id': 'another', ...sign(raw, { prefix: 'svix' }) })).status).toBe(200)
  const { 'webhook-timestamp': _, ...rest } = sign(raw)
  expect((await send(rest)).body).toMatchObject({ code: 'wrong_secret', detail: 'Missing: webhook-timestamp.' })
  const none = await send({})
  expect(none.body.detail).toBe('Missing: webhook-id, webhook-timestamp, webhook-signature.')
  expect((await stage.post('/hooks/lumos/vault/preapprove', {}, raw)).body.detail).toContain(
    'x-lumos-webhook-signature',
  )
  expect((await stage.post('/hooks/lumos/vault/validate', {}, raw)).body.detail).toBe('Missing: authorization.')
})

test('what the library of Standard Webhooks signs is taken, one of several signatures being enough', async () => {
  await using stage = await start()
  const at = new Date()
  const other = new Webhook(`whsec_${Buffer.alloc(32, 9).toString('base64')}`).sign('msg_1', at, platformText)
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': `${other} v1a,xyz ${new Webhook(secret).sign('msg_1', at, platformText)}`,
  }
  const send = (more: Record<string, string>) =>
    stage.post('/hooks/platform/vault/validate', { ...headers, ...more }, platformText)
  expect((await send({})).status).toBe(200)
  for (const signature of [other, 'v1,', 'v1', '', headers['webhook-signature'].replaceAll('v1,', 'v2,')]) {
    expect((await send({ 'webhook-signature': signature })).status).toBe(401)
  }
  expect((await send({ 'webhook-timestamp': ` ${headers['webhook-timestamp']}.0` })).status).toBe(401)
})

test('a good signature of another time is told so, in the log too, and is no refused secret', async () => {
  await using stage = await start()
  const raw = bytesOf(platformText)
  for (const at of [Date.now() - 301_000, Date.now() + 302_000]) {
    const { status, body } = await stage.post('/hooks/platform/vault/validate', sign(raw, { at }), raw)
    expect([status, body.code]).toEqual([401, 'wrong_time'])
  }
  const lumos = await stage.post('/hooks/lumos/vault/preapprove', signAsLumos(raw, Date.now() - 301_000), raw)
  expect([lumos.status, lumos.body.code]).toEqual([401, 'wrong_time'])
  expect(logged.map(({ facts }) => [facts.source, facts.why])).toEqual([
    ['platform', 'wrong_time'],
    ['lumos', 'wrong_time'],
  ])
  expect(await stage.hub.alerts()).toEqual([])
})

test('the first wrong secret is a line in the log, the next ones are counted, and they are alerted', async () => {
  await using stage = await start()
  const raw = bytesOf(platformText)
  const forged = { ...sign(raw), 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }
  for (let i = 0; i < 5; i++) {
    expect((await stage.post('/hooks/platform/vault/provision', forged, raw)).status).toBe(401)
    expect((await stage.post('/hooks/okta', { authorization: 'wrong' }, '{}')).status).toBe(401)
  }
  const refused = logged.filter(({ message }) => message.startsWith('A hook was refused'))
  expect(refused.map(({ facts }) => [facts.source, facts.why])).toEqual([
    ['platform', 'wrong'],
    ['okta', 'wrong'],
  ])
  await eventually(async () =>
    expect(await stage.hub.alerts()).toEqual(['hub.alert.refused_secrets', 'hub.alert.refused_secrets']),
  )
})
