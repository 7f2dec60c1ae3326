import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { TimeoutError } from '../../src/core/errors.ts'
import { makeLimitedFetch } from '../../src/outbound/limited-fetch.ts'
import { retryRead } from '../../src/outbound/retry.ts'

const mebibyte = 1024 * 1024
const bomb = gzipSync(Buffer.alloc(64 * mebibyte))
let redirected = 0
let sent = 0
let isClosed = false

let server: Server
let url = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') {
      redirected++
      response.writeHead(302, { location: '/quick' }).end()
    }
    if (request.url === '/quick') response.end('here')
    if (request.url === '/half') response.write('the first half')
    if (request.url === '/chunked') response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('in pieces')
    if (request.url === '/empty') response.writeHead(204).end()
    if (request.url === '/refused') response.writeHead(404, { 'content-length': 7 }).end('no such')
    if (request.url === '/liar') {
      const beyond = `${'x'.repeat(20)}HTTP/1.1 200 OK`
      response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${beyond}`)
    }
    if (request.url === '/less') response.writeHead(200, { 'content-length': 10 }).write('half')
    if (request.url === '/large')
      response.writeHead(200, { 'content-length': 11 * mebibyte }).end('x'.repeat(11 * mebibyte))
    if (request.url === '/page') response.end('x'.repeat(9 * mebibyte))
    if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    if (request.url === '/endless') {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
      }
      response.on('drain', more).on('close', () => {
        isClosed = true
      })
      more()
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  // Node loads its fetch at the first call, which is no part of any call's time.
  await (await fetch(`${url}/quick`)).text()
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const limited = makeLimitedFetch({ timeoutSeconds: 0.2 })
const patient = makeLimitedFetch({ timeoutSeconds: 20 })

test('an answer within the limit comes through', async () => {
  expect(await (await limited(`${url}/quick`)).text()).toBe('here')
})

test('a call without an answer ends at the limit, and names the address without its path', async () => {
  const thrown = await limited(`${url}/never?token=abc`).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(TimeoutError)
  expect(String(thrown)).not.toContain('abc')
})

test('a body that never ends is ended at the limit as well', async () => {
  const answer = await limited(`${url}/half`)
  await expect(answer.text()).rejects.toThrow()
})

test('a caller’s own signal still ends the call', async () => {
  const thrown = await limited(`${url}/never`, { signal: AbortSignal.abort() }).catch((error: unknown) => error)
  expect(thrown).not.toBeInstanceOf(TimeoutError)
})

test('a redirect is an error that says so, is not followed, and is not asked for again', async () => {
  const before = redirected
  const thrown = await retryRead(() => patient(`${url}/redirect`)).catch((error: unknown) => error)
  expect(String(thrown)).toBe(`Error: ${url} answered 302, a redirect, which is not followed`)
  expect(redirected).toBe(before + 1)
})

test('a body without an end is cut off above 10 MiB, and the call is ended (attack 9)', async () => {
  const answer = await patient(`${url}/endless`)
  const thrown: unknown = await answer.json().catch((error: unknown) => error)
  expect(String(thrown)).toBe(`Error: ${url} answered with more than 10 MiB, and was cut off`)
  await expect.poll(() => isClosed).toBe(true)
  expect(sent).toBeLessThan(40 * mebibyte)
})

test('a packed body counts by what it unpacks to (attack 9)', async () => {
  const answer = await patient(`${url}/bomb`)
  await expect(answer.text()).rejects.toThrow(/more than 10 MiB/)
})

test('a large page comes through whole, with its address, and an answer without a body as it is (attack 9)', async () => {
  const page = await patient(`${url}/page`)
  expect([page.url, page.status, page.redirected]).toEqual([`${url}/page`, 200, false])
  expect((await page.text()).length).toBe(9 * mebibyte)
  expect(await (await patient(`${url}/empty`)).text()).toBe('')
})

test('a body ends at the length that was announced, whatever a server sends behind it', async () => {
  expect(await (await patient(`${url}/liar`)).text()).toBe('x'.repeat(10))
})

test('a body that is announced and never comes whole is ended at the limit', async () => {
  const answer = await limited(`${url}/less`)
  await expect(answer.text()).rejects.toThrow()
})

test('a body that is announced as too long is cut off as well', async () => {
  await expect((await patient(`${url}/large`)).text()).rejects.toThrow(/more than 10 MiB/)
})

test.each(['/quick', '/empty', '/refused', '/redirect', '/chunked'])(
  'the limit of a call to %s ends with it',
  async (path) => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const caller = new AbortController()
    const added = vi.spyOn(caller.signal, 'addEventListener')
    const removed = vi.spyOn(caller.signal, 'removeEventListener')
    const answer = await makeLimitedFetch({ timeoutSeconds: 34.5 })(`${url}${path}`, { signal: caller.signal }).catch(
      () => null,
    )
    await answer?.text()
    const limits = set.mock.results.filter((_, at) => set.mock.calls[at]?.[1] === 34_500).map(({ value }) => value)
    expect(limits).toHaveLength(1)
    expect(cleared.mock.calls.map(([timer]) => timer)).toContain(limits[0])
    expect(added.mock.calls.map(([, listener]) => listener)).toEqual(removed.mock.calls.map(([, listener]) => listener))
    vi.restoreAllMocks()
  },
)
