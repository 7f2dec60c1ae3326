import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hookSecret } from '../../lab/environment.ts'
import { startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const seed = Number(process.env.FUZZ_SEED ?? 20_261_122)
/** CI tries ten times as many, in a step of its own. */
const bodies = Number(process.env.FUZZ_BODIES ?? 1000)
const atOnce = 64

let tenants: Tenants
let hub: TestHub

beforeAll(async () => {
  tenants = await startTenants()
  // Most of these bodies are redone alone, fifty at a time: a slow machine is not what this looks at.
  hub = await startHub({ db, tenants, journalTimeoutSeconds: 30 })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await tenants.close()
})

/** Characters that parsers, databases and logs trip over. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '\u0000',
    '\ud800',
    'a\udc00b',
    '',
    '\u202e',
    '9'.repeat(400),
  ),
)
const oddKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  '',
  '\u0000',
  '\ud800',
  'data',
)
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(oddKey, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
  oddText,
)
const oktaId = fc.oneof(fc.string({ maxLength: 70 }), fc.constantFrom('00uNOBODYKNOWNHERE001', '__proto__'), oddText)
const target = fc.oneof(
  fc.record(
    { id: fc.oneof(oktaId, anything), type: fc.oneof(fc.constantFrom('User', 'AppUser', 'user'), anything) },
    { requiredKeys: [] },
  ),
  anything,
)
const eventType = fc.constantFrom(
  'user.lifecycle.deactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.activate',
  'user.lifecycle.delete.initiated',
  'user.account.update_profile',
  'hub.alert.stuck',
)
const element = fc.oneof(
  fc.record(
    {
      uuid: fc.oneof(fc.uuid(), anything),
      published: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        anything,
      ),
      eventType: fc.oneof(eventType, anything),
      target: fc.oneof(fc.array(target, { maxLength: 4 }), anything),
      debugContext: anything,
    },
    { requiredKeys: [] },
  ),
  anything,
)
const envelope = fc.record(
  {
    eventType: anything,
    eventId: fc.oneof(fc.uuid(), anything),
    source: fc.oneof(fc.webUrl(), anything),
    data: fc.oneof(fc.record({ events: fc.oneof(fc.array(element, { maxLength: 5 }), anything) }), anything),
    extra: anything,
  },
  { requiredKeys: [] },
)
/** Keys such as `__proto__` are written into the text: an object literal would lose them. */
const polluted = envelope.map(
  (body) => `{"__proto__":{"eventType":"x","source":null},"constructor":1,${JSON.stringify(body).slice(1)}`,
)
const torn = fc.tuple(envelope, fc.nat()).map(([body, at]) => {
  const text = JSON.stringify(body)
  return text.slice(0, at % text.length)
})
const deep = fc
  .tuple(fc.constantFrom('[', '{"a":'), fc.integer({ min: 50, max: 50_000 }))
  .map(([open, times]) => open.repeat(times))
const body = fc.oneof(
  { weight: 12, arbitrary: envelope.map((one) => JSON.stringify(one)) },
  { weight: 3, arbitrary: polluted },
  { weight: 2, arbitrary: anything.map((one) => JSON.stringify(one)) },
  { weight: 2, arbitrary: torn },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: deep },
)
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
    ),
    'x-okta-verification-challenge': fc.string({ minLength: 1, maxLength: 20 }).map(encodeURIComponent),
    'x-forwarded-host': fc.webUrl(),
    accept: fc.constantFrom('*/*', 'text/html', 'nonsense'),
  },
  { requiredKeys: [] },
)
const request = fc.record({
  body,
  headers,
  secret: fc.constantFrom('right', 'right', 'right', 'right', 'wrong', 'none'),
})

test('fuzzed bodies never meet a 5xx, and never touch anybody', { timeout: 100_000 }, async () => {
  const requests = fc.sample(request, { numRuns: bodies, seed })
  const before = JSON.stringify(tenants.auth0.users.list())
  const faults: string[] = []
  const seen: Record<number, number> = {}
  const next = requests.values()
  const send = async () => {
    for (const one of next) {
      const { 'content-type': type = 'application/json', ...others } = one.headers
      const authorization = { right: hookSecret, wrong: `${hookSecret.slice(0, -1)}L`, none: '' }[one.secret]
      const answer = await hub.post(one.body, { ...others, 'content-type': type, authorization })
      await answer.arrayBuffer()
      seen[answer.status] = (seen[answer.status] ?? 0) + 1
      const allowed = one.secret === 'right' ? [204, 400] : [401]
      if (!allowed.includes(answer.status)) faults.push(`${answer.status} (${one.secret}) to ${one.body.slice(0, 500)}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))

  expect(faults, `seed ${seed}`).toEqual([])
  // A test in which every body was refused at the door would prove nothing.
  expect(seen[204]).toBeGreaterThan(bodies / 3)
  expect(seen[400]).toBeGreaterThan(bodies / 100)
  expect(seen[401]).toBeGreaterThan(bodies / 10)

  const writes = tenants.auth0.calls.filter(({ method, path }) => method !== 'GET' && path !== '/oauth/token')
  expect(writes, `seed ${seed}`).toEqual([])
  expect(JSON.stringify(tenants.auth0.users.list())).toBe(before)
  const changed = await db.sql`select id from hub.attempt where changes <> '[]'`
  expect(changed.length).toBe(0)
  expect(({} as Record<string, unknown>).eventType).toBeUndefined()
})

test('after all that a hook about a known person is carried out at once', async () => {
  const [lena] = tenants.okta.users.list()
  const { okta, auth0 } = tenants
  await hub.subscribe('user.lifecycle.deactivate')
  okta.users.transition(lena?.id ?? '', 'deactivate')
  await expect.poll(() => auth0.users.list().filter(({ blocked }) => blocked).length, { timeout: 20_000 }).toBe(2)
})

test.each([
  ['is cut off in its head', 'POST /hooks/okta HTTP/1.1\r\nHost: hub\r\nAuthor'],
  ['is cut off in its body', head(500, '{"eventType":"com.okta.event_hook"')],
  ['announces more than it sends', head(1000, '{}')],
  ['is no HTTP', '\u0000\u0001\u0002 nonsense\r\n\r\n'],
  ['has a header without an end', `POST /hooks/okta HTTP/1.1\r\nHost: hub\r\nX-Junk: ${'j'.repeat(100_000)}`],
  ['has two lengths', head(2, '{}').replace('\r\n\r\n', '\r\nContent-Length: 7\r\n\r\n')],
  ['has chunks that are none', `${head(0, '').replace(/Content-Length: 0/, 'Transfer-Encoding: chunked')}zz\r\n{}\r\n`],
])('a request that %s is not answered 5xx, and the door stays open', async (_what, text) => {
  const answer = await sendRaw([text])
  expect(answer).not.toMatch(/^HTTP\/1\.1 (2|5)/)
  expect((await hub.post('{}')).status).toBe(204)
})

test('a request that comes a byte at a time is taken, and holds nobody up', async () => {
  const slow = sendRaw(
    [...head(2, '{}')].map((byte) => byte),
    3,
  )
  expect((await hub.post('{}')).status).toBe(204)
  expect(await slow).toMatch(/^HTTP\/1\.1 204/)
})

test('a body just within 1 MiB is taken, and one just beyond it is answered 413', async () => {
  const fits = JSON.stringify({ data: 'x'.repeat(1024 * 1024 - 11) })
  expect([fits.length, (await hub.post(fits)).status]).toEqual([1024 * 1024, 204])
  expect((await hub.post(`${fits} `)).status).toBe(413)
})

function head(length: number, text: string): string {
  const lines = ['POST /hooks/okta HTTP/1.1', 'Host: hub', `Authorization: ${hookSecret}`, `Content-Length: ${length}`]
  return `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${text}`
}

/** Writes the parts to a socket of its own, hangs up after half a second without an answer, and returns what came. */
function sendRaw(parts: string[], pauseMs = 0): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (data) => {
      answer += String(data)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    void (async () => {
      for (const part of parts) {
        socket.write(part)
        if (pauseMs > 0) await sleep(pauseMs)
      }
      await sleep(500)
      socket.destroy()
    })()
  })
}
