import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import {
  CredentialError,
  errorMessage,
  PermanentError,
  RateLimitError,
  RetryAfterError,
  TimeoutError,
} from '../../src/core/errors.ts'
import { hideSecrets } from '../../src/core/redact.ts'
import type { WorkNotes } from '../../src/core/work-scope.ts'
import { makeHttpClient } from '../../src/outbound/http.ts'
import { makeSendByFetch } from '../../src/outbound/send-by-fetch.ts'
import { makeSendByGot } from '../../src/outbound/send-by-got.ts'
import { makeWorkScope } from '../../src/runtime/work-scope.ts'

const clock = { now: () => new Date('2026-11-01T12:00:00Z') }
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** Cuts the first connections, then answers; tells how often it was asked. */
async function cutting(times: number) {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(String(request.method))
    if (asked.length <= times) request.socket.destroy()
    else response.end('{"ok":true}')
  })
  return { url, asked }
}

const answering = (status: number, headers: Record<string, string> = {}) =>
  serve((_, response) => response.writeHead(status, headers).end('{}'))

const failure = (work: Promise<unknown>) => work.then(() => null).catch((thrown: unknown) => thrown)

/** Answers with what it was asked, so that a test sees what arrived. */
const mirroring = () =>
  serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }))
  })

/** One contract for what sends calls on Node and what sends them on every runtime. */
describe.each([
  ['got', makeSendByGot()],
  ['fetch', makeSendByFetch()],
])('the client that handlers get, by %s,', (sender, send) => {
  const client = (timeoutSeconds = 2, signal = new AbortController().signal) =>
    makeHttpClient({ timeoutSeconds, clock, send })({ signal, idempotencyKey: 'dlv_1' })

  test('sends JSON with the delivery’s idempotency key', async () => {
    let seen: IncomingMessage | undefined
    const url = await serve((request, response) => {
      seen = request
      response.end('{"ok":true}')
    })
    const answer = await client().put(`${url}/people/1`, { floor: 3 })
    expect(answer).toMatchObject({ status: 200, body: { ok: true } })
    expect(seen?.headers).toMatchObject({ 'idempotency-key': 'dlv_1', 'content-type': 'application/json' })
  })

  test('sends each header once, and the caller’s own before the client’s, in any case of letters', async () => {
    const headers = { 'User-Agent': 'badge/1', 'IDEMPOTENCY-KEY': 'mine', 'Content-Type': 'application/scim+json' }
    const { body } = await client().post(await mirroring(), { floor: 3 }, { headers })
    expect(body).toMatchObject({
      headers: { 'user-agent': 'badge/1', 'idempotency-key': 'mine', 'content-type': 'application/scim+json' },
      body: '{"floor":3}',
    })
  })

  test('names itself, and says nothing of a body where there is none', async () => {
    const { body } = await client().get(await mirroring())
    expect(body).toMatchObject({ method: 'GET', headers: { 'user-agent': 'bellhop' }, body: '' })
    expect(Object.keys((body as { headers: object }).headers)).not.toContain('content-type')
  })

  test('puts the query in place of the one that the address has', async () => {
    const { body } = await client().get(`${await mirroring()}/people?old=1#part`, { query: { q: 'a b&c', page: '2' } })
    expect(body).toMatchObject({ url: '/people?q=a+b%26c&page=2' })
    expect(await client().get(`${await mirroring()}/people?old=1`)).toMatchObject({ body: { url: '/people?old=1' } })
  })

  test('sends user and password of an address as the header that they mean, unless there is one', async () => {
    const url = (await mirroring()).replace('//', '//ada:p%40ss-phrase@')
    const basic = `Basic ${Buffer.from('ada:p@ss-phrase').toString('base64')}`
    expect(await client().get(url)).toMatchObject({ body: { headers: { authorization: basic } } })
    const headers = { Authorization: 'Bearer of-the-handler' }
    expect(await client().get(url, { headers })).toMatchObject({
      body: { headers: { authorization: 'Bearer of-the-handler' } },
    })
    const thrown = await failure(client().post(url.replace(/:\d+$/, ':1'), {}))
    expect(String(thrown)).not.toMatch(/ada|ss-phrase/)
  })

  test('declares what a call carries as its credential a secret', async () => {
    const token = `tok-${sender}-7Qm2LdT5d7`
    await client().get(await mirroring(), { headers: { Authorization: `Bearer ${token}` } })
    expect(hideSecrets(`said ${token}`)).not.toContain(token)
  })

  test('hands on a body that is no JSON as its text, and an empty one as an empty text', async () => {
    const url = await serve((request, response) =>
      request.url === '/none' ? response.writeHead(204).end() : response.end('Grüße, no JSON'),
    )
    expect(await client().get(url)).toMatchObject({ status: 200, body: 'Grüße, no JSON' })
    expect(await client().delete(`${url}/none`)).toMatchObject({ status: 204, body: '' })
  })

  test('reads a packed answer, and one that begins with a byte order mark', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/mark') return response.end('\uFEFF{"ok":true}')
      response.writeHead(200, { 'content-encoding': 'gzip' })
      return packed(response).end('{"ok":true}')
    })
    expect(await client().get(url)).toMatchObject({ body: { ok: true } })
    expect(await client().get(`${url}/mark`)).toMatchObject({ body: { ok: true } })
  })

  test('hands on the headers of an answer by their names in lower case, and cookies all in one', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, [...['X-Rate-Limit', '7'], ...['Set-Cookie', 'a=1'], ...['Set-Cookie', 'b=2']]).end('{}'),
    )
    expect((await client().get(url)).headers).toMatchObject({ 'x-rate-limit': '7', 'set-cookie': 'a=1,b=2' })
  })

  test.each([409, 412, 423, 425])(
    'takes %i to a write for a collision, with its answer, and to a read not',
    async (status) => {
      const url = await answering(status)
      expect(await failure(client().patch(url, {}))).toMatchObject({
        name: 'CollisionError',
        answer: { status, body: {} },
      })
      expect(await failure(client().get(url))).toMatchObject({ name: 'PermanentError' })
    },
  )

  test('takes 400, 404 and 422 as permanent, and says which it was', async () => {
    for (const status of [400, 404, 422]) {
      const url = await answering(status)
      const thrown = await failure(client().get(url))
      expect(thrown).toBeInstanceOf(PermanentError)
      expect((thrown as PermanentError).answer?.status).toBe(status)
    }
  })

  test('hands on what a permanent refusal said, where no log looks for it', async () => {
    const url = await serve((_, response) => response.writeHead(422).end('{"reason":"No seat is left."}'))
    const thrown = await failure(client().post(url, {}))
    expect(thrown).toMatchObject({ answer: { status: 422, body: { reason: 'No seat is left.' } } })
    expect(JSON.stringify({ ...(thrown as Error) })).not.toContain('No seat')
  })

  test('takes 401 for its own credential’s fault', async () => {
    expect(await failure(client().get(await answering(401)))).toBeInstanceOf(CredentialError)
  })

  test.each([
    ['429 with seconds', 429, '7', 7],
    ['503 with a date', 503, 'Sun, 01 Nov 2026 12:00:30 GMT', 30],
  ])('comes back when the vendor says: %s', async (_, status, retryAfter, seconds) => {
    const thrown = await failure(client().get(await answering(status, { 'retry-after': retryAfter })))
    expect(thrown).toBeInstanceOf(RetryAfterError)
    expect(thrown).toMatchObject({ retryAfterSeconds: seconds })
  })

  test('takes 500, and 429 without a time, for weather', async () => {
    for (const status of [500, 502, 429, 408]) {
      const thrown = await failure(client().get(await answering(status)))
      expect(thrown).toBeInstanceOf(Error)
      expect(thrown).not.toBeInstanceOf(PermanentError)
      // Without a time to come back the schedule decides.
      expect(thrown instanceof RateLimitError && thrown.retryAfterSeconds).toBe(status === 429 ? 0 : false)
    }
  })

  test('follows no redirect, which could lead inside', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await answering(status, { location: 'http://127.0.0.1:1/' })
      expect(await failure(client().get(url))).toMatchObject({ message: `GET ${url} answered ${status}` })
    }
  })

  test('ends a call at the outbound limit', async () => {
    const url = await serve(() => {})
    expect(await failure(client(0.1).get(url))).toBeInstanceOf(TimeoutError)
  })

  test('ends a call when the lease ends', async () => {
    const url = await serve(() => {})
    const lease = new AbortController()
    const call = failure(client(5, lease.signal).post(url, {}))
    setTimeout(() => lease.abort(new Error('The lease is over')), 50)
    const thrown = await call
    expect(thrown).toMatchObject({ message: `POST ${url} failed: ERR_ABORTED` })
    expect(thrown).not.toBeInstanceOf(TimeoutError)
  })

  test.each([
    ['at the outbound limit', 0.2, undefined, /^No answer within 0.2 s/],
    ['when the lease ends', 5, 100, /ERR_ABORTED$/],
  ])('ends an answer that never ends %s', async (_when, timeoutSeconds, leaseMs, words) => {
    let isClosed = false
    const url = await serve((_request, response) => {
      response.on('close', () => {
        isClosed = true
      })
      response.write('the first half')
    })
    const lease = new AbortController()
    if (leaseMs !== undefined) setTimeout(() => lease.abort(), leaseMs)
    expect(await failure(client(timeoutSeconds, lease.signal).get(url))).toMatchObject({
      message: expect.stringMatching(words),
    })
    await expect.poll(() => isClosed).toBe(true)
  })

  test.each([
    ['a refused connection', listeningNoMore, 'ECONNREFUSED'],
    ['a name that nobody knows', () => Promise.resolve('http://badge.invalid'), /ENOTFOUND|EAI_AGAIN/],
    ['a cut connection', async () => (await cutting(9)).url, 'ECONNRESET'],
    ['a connection that is cut within the answer', halfAnswering, 'ECONNRESET'],
    ['a connection that is cut within an answer of unknown length', cuttingChunks, 'ECONNRESET'],
    ['an answer that cannot be unpacked', wronglyPacking, 'Z_DATA_ERROR'],
    ['an answer that is no HTTP', babbling, 'ERR_NO_HTTP'],
  ])('names %s by its code', async (_what, start, code) => {
    const url = await start()
    expect(errorMessage(await failure(client().post(url, {})))).toMatch(
      new RegExp(`^POST ${url} failed: ${code instanceof RegExp ? `(${code.source})` : code}$`),
    )
  })

  test('shows no value of a header that cannot be sent', async () => {
    const headers = { authorization: 'Bearer with a\nline-break' }
    expect(errorMessage(await failure(client().get(await mirroring(), { headers })))).toMatch(
      /^GET \S+ failed: ERR_INVALID_CHAR$/,
    )
  })

  test('notes what went wrong with the delivery, without the path of a setting', async () => {
    const scope = makeWorkScope()
    const url = await serve((_request, response) => response.writeHead(403).end('{"reason":"no seat"}'))
    const nobody = await listeningNoMore()
    const hidden = [`${url}/services/T1/secret-path`]
    const http = makeHttpClient({ timeoutSeconds: 2, clock, send, scope, hidden })
    const calls = await scope.run({ request_id: 'a'.repeat(32) }, async (notes: WorkNotes) => {
      const { signal } = new AbortController()
      await failure(http({ signal, idempotencyKey: 'dlv_1' }).post(`${url}/services/T1/secret-path/x?q=1`, {}))
      await failure(http({ signal, idempotencyKey: 'dlv_1' }).post(`${nobody}/people`, {}))
      return notes.calls
    })
    expect(calls).toEqual([
      { what: `POST ${url}/…/x answered 403`, said: '{"reason":"no seat"}' },
      { what: `POST ${nobody}/people failed: ECONNREFUSED`, said: '' },
    ])
  })

  test('does not tell path and query of an address in its errors', async () => {
    const url = await answering(404)
    const thrown = await failure(client().get(`${url}/secret-path?token=abc`))
    expect(String(thrown)).not.toMatch(/secret-path|abc/)
  })

  test.each([
    ['as it is', {}, (response: ServerResponse) => response],
    ['packed', { 'content-encoding': 'gzip' }, (response: ServerResponse) => packed(response)],
  ])('cuts an answer off that is longer than 1 MiB, %s', async (_, headers, into) => {
    let sent = 0
    const url = await serve((_request, response) => {
      response.writeHead(200, headers)
      const body = into(response)
      const more = () => {
        // Without an end of the client's own this would go on for 64 MiB.
        while (sent < 64 && !response.destroyed && body.write(Buffer.alloc(1024 * 1024, ' '))) sent++
        if (sent++ >= 64) body.end()
      }
      body.on('drain', more)
      more()
    })
    const thrown = await failure(client(10).get(url))
    expect(thrown).toMatchObject({ message: expect.stringMatching(/^GET .* answered with more than 1 MiB/) })
    expect(thrown).not.toBeInstanceOf(PermanentError)
    expect(sent).toBeLessThan(60)
  })

  test('takes an answer of 1 MiB', async () => {
    const text = 'x'.repeat(1024 * 1024)
    const url = await serve((_, response) => response.end(text))
    expect((await client().get(url)).body).toHaveLength(text.length)
  })

  test('reads again when the connection was cut, twice', async () => {
    const twice = await cutting(2)
    expect(await client().get(twice.url)).toMatchObject({ body: { ok: true } })
    expect(twice.asked).toHaveLength(3)
    const thrice = await cutting(3)
    expect(await failure(client().get(thrice.url))).toMatchObject({ message: expect.stringContaining('ECONNRESET') })
    expect(thrice.asked).toHaveLength(3)
  })

  test('reads again when the connection was cut within the answer', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      if (++asked === 2) return response.end('{"ok":true}')
      response.writeHead(200, { 'content-length': '11' }).write('{"ok"')
      setTimeout(() => request.socket.destroy(), 20)
    })
    expect(await client().get(url)).toMatchObject({ body: { ok: true } })
    expect(asked).toBe(2)
  })

  test('reads an answer that is no HTTP once', async () => {
    let asked = 0
    const url = await serve((request) => {
      asked++
      request.socket.end('no HTTP at all')
    })
    await failure(client().get(url))
    expect(asked).toBe(1)
  })

  test.each(['post', 'put', 'patch', 'delete'] as const)(
    'sends a %s once, though the connection was cut',
    async (method) => {
      const { url, asked } = await cutting(1)
      expect(await failure(client()[method](url))).toBeInstanceOf(Error)
      expect(asked).toEqual([method.toUpperCase()])
    },
  )

  test('ends all tries together at the outbound limit', async () => {
    let asked = 0
    const url = await serve((request) => {
      asked++
      setTimeout(() => request.socket.destroy(), 200)
    })
    const startedAt = performance.now()
    expect(await failure(client(0.5).get(url))).toBeInstanceOf(TimeoutError)
    expect(performance.now() - startedAt).toBeLessThan(1500)
    expect(asked).toBeGreaterThan(1)
  })

  test('calls nothing that is no address', async () => {
    const others = ['data:text/plain,secret-path', 'file:///secret-path', 'ftp://badge.example.com/secret-path']
    for (const url of ['badge.example.com/secret-path', ...others]) {
      expect(await failure(client().get(url))).toMatchObject({
        name: 'PermanentError',
        message: expect.not.stringContaining('secret-path'),
      })
    }
  })
})

/** The address of a server that has ended. `fetch` refuses low ports by itself. */
async function listeningNoMore(): Promise<string> {
  const url = await serve(() => {})
  closing.pop()?.()
  return url
}

function halfAnswering(): Promise<string> {
  return serve((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('the first half')
    setTimeout(() => request.socket.destroy(), 50)
  })
}

function cuttingChunks(): Promise<string> {
  return serve((request, response) => {
    response.write('the first half')
    setTimeout(() => request.socket.destroy(), 50)
  })
}

function wronglyPacking(): Promise<string> {
  return serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not packed'))
}

function babbling(): Promise<string> {
  return serve((request) => request.socket.end('no HTTP at all'))
}

function packed(response: ServerResponse): Writable {
  const gzip = createGzip()
  gzip.pipe(response)
  return gzip
}
