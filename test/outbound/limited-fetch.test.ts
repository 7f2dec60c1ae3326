import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TimeoutError } from '../../src/core/errors.ts'
import { makeLimitedFetch } from '../../src/outbound/limited-fetch.ts'

let server: Server
let url = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end()
    if (request.url === '/quick') response.end('here')
    if (request.url === '/half') response.write('the first half')
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

test('a redirect is an error', async () => {
  await expect(limited(`${url}/redirect`)).rejects.toThrow()
})
