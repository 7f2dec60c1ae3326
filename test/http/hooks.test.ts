import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { hookSecret } from '../../lab/environment.ts'
import { startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, startHub, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const tenants = await startTenants()
const hub = await startHub({ db, tenants })
// Nothing here is about delivering.
await hub.drain.stop()

afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await tenants.close()
})

beforeEach(() => wipe(db.sql))

const deactivated = (uuid?: string) =>
  userEvent({ type: 'user.lifecycle.deactivate', userId: '00uSOMEBODY', ...(uuid ? { uuid } : {}) })

const recorded = async () => [...(await db.sql`select type, person, data from hub.event order by id`)]

/** Sends a body on a connection of its own, and answers with the status. */
function send(text: string, headers: Record<string, string | number>): Promise<number | undefined> {
  const options = { method: 'POST', agent: false, headers: { authorization: hookSecret, ...headers } }
  return new Promise((resolve, reject) => {
    const asking = request(`${hub.url}/hooks/okta`, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asking.once('error', reject)
    asking.end(text)
  })
}

describe('a hook', () => {
  test('is answered 204 and recorded whatever it holds', async () => {
    const bodies = [
      {},
      [],
      null,
      1,
      'text',
      { data: null },
      { data: { events: {} } },
      oktaHook([]),
      oktaHook([null, 1, 'x', [], {}]),
      oktaHook([{ uuid: 'u1', eventType: 'no.such.type', target: null }]),
      oktaHook([{ uuid: '\u0000', eventType: '\ud800', target: [{ type: 'User', id: '\u0000' }] }]),
      oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: 'x', published: '0000-01-01T00:00:00Z' })]),
    ]
    for (const body of bodies) {
      const before = (await recorded()).length
      expect({ body, status: (await hub.post(JSON.stringify(body))).status }).toEqual({ body, status: 204 })
      expect({ body, more: (await recorded()).length > before }).toEqual({ body, more: true })
    }
  })

  test.each([
    ['none', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['nonsense', { 'content-type': ';;;' }],
  ])(
    'with the wrong content type (%s) is answered 204 and recorded: a leaver must not hang on a header',
    async (_, type) => {
      const body = JSON.stringify(oktaHook([deactivated('uuid-of-a-leaver')]))
      expect(await send(body, type)).toBe(204)
      expect(await recorded()).toMatchObject([{ type: 'user.lifecycle.deactivate', person: expect.any(String) }])
      expect(await hub.deliveries()).toMatchObject([{ kind: 'sync', status: 'pending' }])
    },
  )

  test('is answered 204 and recorded when it is nested deeper than any parser likes', async () => {
    const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    expect((await hub.post(`{"data":{"events":[${nested}]}}`)).status).toBe(204)
    expect((await hub.post(`{"data":${nested}}`)).status).toBe(204)
    expect(await recorded()).toHaveLength(2)
  })
})

describe('a sender', () => {
  test('with a wrong or no secret is answered 401 before the body is read', async () => {
    const { port } = new URL(hub.url)
    const head = ['POST /hooks/okta HTTP/1.1', 'host: hub', 'content-type: application/json', 'content-length: 1000000']
    for (const more of [[], ['authorization: wrong']]) {
      const socket = connect(Number(port), '127.0.0.1')
      // Only the head goes out: an answer shows that the hub did not wait for the rest.
      socket.write(`${[...head, ...more].join('\r\n')}\r\n\r\n{`)
      const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
      socket.destroy()
      expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    }
    expect(await recorded()).toEqual([])
  })

  test('of something other than JSON is answered 400', async () => {
    for (const body of ['', '{', 'eventId=1', '<xml/>', '{"a":1}}']) expect((await hub.post(body)).status).toBe(400)
    expect(await recorded()).toEqual([])
  })

  test('to an unknown source is answered 404, with problem details', async () => {
    const response = await fetch(`${hub.url}/hooks/nobody`, { method: 'POST', body: '{}' })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  test('who takes their time, a hundred at once, keep nobody waiting and are heard to the end', {
    timeout: 20_000,
  }, async () => {
    const { port } = new URL(hub.url)
    const hooks = Array.from({ length: 100 }, (_, i) => JSON.stringify(oktaHook([deactivated(`slow-${i}`)])))
    const slow = await Promise.all(
      hooks.map(async (text) => {
        const socket = connect(Number(port), '127.0.0.1')
        const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
        const head = `host: hub\r\nauthorization: ${hookSecret}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`
        const half = text.length / 2
        socket.write(`POST /hooks/okta HTTP/1.1\r\n${head}${text.slice(0, half)}`)
        return { answer, finish: () => socket.write(text.slice(half)), end: () => socket.destroy() }
      }),
    )
    await sleep(100)
    const startedAt = performance.now()
    expect((await hub.post(oktaHook([deactivated('meanwhile')]))).status).toBe(204)
    // Okta waits 3 s for an answer.
    expect(performance.now() - startedAt).toBeLessThan(2500)
    expect(await recorded()).toHaveLength(1)

    for (const one of slow) one.finish()
    const answers = await Promise.all(slow.map(({ answer }) => answer))
    for (const { end } of slow) end()
    expect(answers.filter((answer) => !/^HTTP\/1\.1 204 /.test(answer))).toEqual([])
    expect(await recorded()).toHaveLength(101)
  })

  test('that hangs up half way harms nobody', async () => {
    const { port } = new URL(hub.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /hooks/okta HTTP/1.1\r\nhost: hub\r\nauthorization: ${hookSecret}\r\ncontent-length: 100\r\n\r\n{"a"`,
    )
    await sleep(50)
    socket.destroy()
    expect((await hub.post(oktaHook([deactivated()]))).status).toBe(204)
    expect(await recorded()).toHaveLength(1)
  })
})

describe('without a journal', () => {
  test('a hook is answered 503 when the journal hangs, and is not recorded twice when it comes again', async () => {
    const hook = oktaHook([deactivated('slow')])
    await using slow = await startHub({ db, tenants, journalTimeoutSeconds: 1 })
    await db.sql.begin(async (tx) => {
      await tx`lock table hub.event_key in exclusive mode`
      expect((await slow.post(hook)).status).toBe(503)
    })
    await eventually(async () => expect((await slow.post(hook)).status).toBe(204))
    expect(await db.sql`select 1 from hub.event where external_id = 'slow'`).toHaveLength(1)
  })
})
