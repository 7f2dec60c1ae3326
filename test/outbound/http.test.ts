import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import {
  CredentialError,
  PermanentError,
  RateLimitError,
  RetryAfterError,
  TimeoutError,
} from '../../src/core/errors.ts'
import { makeHttpClient } from '../../src/outbound/http.ts'

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

const client = (timeoutSeconds = 2, signal = new AbortController().signal) =>
  makeHttpClient({ timeoutSeconds, clock })({ signal, idempotencyKey: 'dlv_1' })

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

describe('the client that handlers get', () => {
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
    const url = await answering(302, { location: 'http://127.0.0.1:1/' })
    expect(await failure(client().get(url))).toMatchObject({ message: expect.stringContaining('answered 302') })
  })

  test('ends a call at the outbound limit', async () => {
    const url = await serve(() => {})
    expect(await failure(client(0.1).get(url))).toBeInstanceOf(TimeoutError)
  })

  test('ends a call when the lease ends', async () => {
    const url = await serve(() => {})
    const lease = new AbortController()
    const call = failure(client(5, lease.signal).post(url, {}))
    setTimeout(() => lease.abort(), 50)
    expect(await call).toBeInstanceOf(Error)
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
    expect(await failure(client().get('badge.example.com/secret-path'))).toMatchObject({
      name: 'PermanentError',
      message: expect.not.stringContaining('secret-path'),
    })
  })
})

function packed(response: ServerResponse): Writable {
  const gzip = createGzip()
  gzip.pipe(response)
  return gzip
}
