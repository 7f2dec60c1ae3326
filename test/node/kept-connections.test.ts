import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { makeNotes, noWorkScope } from '../../src/core/work-scope.ts'
import { makeKeptConnections } from '../../src/node/kept-connections.ts'
import { makeSendByGot } from '../../src/outbound/send-by-got.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A vendor that counts its connections. `says`: the seconds that it announces; null: it says nothing of them. */
async function startVendor({ says }: { says: number | null }) {
  const sockets = new Set<Socket>()
  const seen: string[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    seen.push(String(request.method))
    request.resume()
    const hint = says === null ? {} : { 'keep-alive': `timeout=${says}` }
    response.writeHead(200, { connection: 'keep-alive', ...hint }).end('{}')
  })
  server.on('connection', (socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, sockets, seen }
}

/** The waits of the default (30 s and 4 s), scaled. */
const silentMs = { reads: 5000, writes: 400 }

type Way = (method: 'GET' | 'PATCH', url: string) => Promise<number>

function makeWays(scope = noWorkScope): Record<'got' | 'fetch', Way> {
  const kept = makeKeptConnections({ silentMs, scope })
  const send = makeSendByGot(kept)
  const { signal } = new AbortController()
  return {
    got: async (method, url) => (await send({ method, url, headers: {} }, { signal, mostBytes: 1000 })).status,
    fetch: async (method, url) => {
      const answer = await kept.fetch(url, { method })
      await answer.text()
      return answer.status
    },
  }
}

const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** undici gives a connection back a moment after its answer was read: a call at that moment gets another one. */
const givenBack = () => idle(50)

describe.each(['got', 'fetch'] as const)('by %s', (way) => {
  test('a write that has its connection after the lease of its work has ended is not sent, and a read is', async () => {
    const { url, seen } = await startVendor({ says: null })
    let isHeld = true
    const assertHeld = () => {
      if (!isHeld) throw new Error('The lease has ended.')
    }
    const call = makeWays({ ...noWorkScope, notes: () => ({ ...makeNotes(), assertHeld }) })[way]
    expect(await call('PATCH', url)).toBe(200)
    for (const pause of [0, 600]) {
      isHeld = true
      await idle(pause)
      const late = call('PATCH', url)
      isHeld = false
      await expect(late).rejects.toThrow()
    }
    expect(await call('GET', url)).toBe(200)
    expect(seen).toEqual(['PATCH', 'GET'])
  })

  test('a server that says how long it waits is called over one connection, however long the pause within it', async () => {
    const { url, sockets } = await startVendor({ says: 20 })
    const call = makeWays()[way]
    await call('GET', url)
    await idle(1000)
    await call('GET', url)
    expect(sockets.size).toBe(1)
  })

  test('a connection that a server is about to close, as it says, is not used again', async () => {
    const { url, sockets } = await startVendor({ says: 1 })
    const call = makeWays()[way]
    await call('GET', url)
    await givenBack()
    await call('GET', url)
    expect(sockets.size).toBe(2)
  })

  test('a write does not go over a connection that was idle for long, of which its server says nothing', async () => {
    const { url, sockets, seen } = await startVendor({ says: null })
    const call = makeWays()[way]
    await call('GET', url)
    await givenBack()
    await call('PATCH', url)
    expect(sockets.size).toBe(1)
    await idle(1000)
    expect(await call('PATCH', url)).toBe(200)
    expect([sockets.size, seen]).toEqual([2, ['GET', 'PATCH', 'PATCH']])
  })
})

test('by fetch a read does go over it, and the write that follows goes over the same one', async () => {
  const { url, sockets } = await startVendor({ says: null })
  const { fetch: call } = makeWays()
  await call('GET', url)
  await idle(1000)
  await call('GET', url)
  await givenBack()
  await call('PATCH', url)
  expect(sockets.size).toBe(1)
})
