import { connect } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, expect, test } from 'vitest'
import { endSlowRequests } from '../../src/node/end-slow-requests.ts'
import { limitConnections } from '../../src/node/limit-connections.ts'

/** 15 s are 300 ms. */
const scale = 0.02

const answer = async (request: Request) => new Response(await request.text())

async function listen(limits: ReturnType<typeof limitConnections>) {
  const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1', serverOptions: limits })
  await new Promise((resolve) => server.once('listening', resolve))
  if (limits.headersTimeout !== 15_000) endSlowRequests(server, scale)
  afterAll(() => void server.close())
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('No port')
  return address.port
}

/** Sends a text on a connection of its own, and more while the process stands still; returns what came until its end. */
function send(port: number, text: string, more: string[] = []): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (data) => {
      heard += String(data)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
    socket.write(text)
    for (const part of more) {
      setTimeout(() => {
        socket.write(part)
        setImmediate(() => standStill(500))
      }, 100)
    }
  })
}

test('an idle connection is kept longer than balancers keep theirs (case 04)', async () => {
  const port = await listen(limitConnections())
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' })
  expect(answer.headers.get('keep-alive')).toBe('timeout=75')
  await answer.text()
})

test.each([
  { what: 'head', text: 'POST / HTTP/1.1\r\nhost: hub\r\n' },
  { what: 'body', text: 'POST / HTTP/1.1\r\nhost: hub\r\ncontent-length: 10\r\n\r\n{"a"' },
])('half a $what ends the connection with 408 when its time is over (attack 13)', async ({ text }) => {
  const port = await listen(limitConnections(scale))
  expect(await send(port, text)).toMatch(/^HTTP\/1\.1 408 /)
})

test('the limits are 75 s for an idle connection, and 15 s for a head and for a request', () => {
  expect(limitConnections()).toMatchObject({ keepAliveTimeout: 75_000, headersTimeout: 15_000, requestTimeout: 15_000 })
})

test('a connection that was opened ahead is kept as long as an idle one, and then closed without a word', async () => {
  const port = await listen(limitConnections(scale))
  const openedAt = performance.now()
  expect(await send(port, '')).toBe('')
  expect(performance.now() - openedAt).toBeGreaterThan(70_000 * scale)
})

test.each([
  {
    what: 'that arrived',
    before: '',
    after: 'POST / HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx',
  },
  {
    what: 'whose end arrived',
    before: 'POST / HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: 2\r\n\r\nx',
    after: 'y',
  },
])('a request $what while the process stood still is answered, on a connection that was open before', async (text) => {
  const port = await listen(limitConnections(scale))
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(text.before)
  await new Promise((resolve) => setTimeout(resolve, 100))
  socket.write(text.after)
  await new Promise((resolve) => setImmediate(resolve))
  standStill(500)
  expect(await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))).toMatch(
    /^HTTP\/1\.1 200 /,
  )
})

test('a sender that goes on too slowly after that gets 408 when its time is over once more', async () => {
  const port = await listen(limitConnections(scale))
  const answer = send(port, 'POST / HTTP/1.1\r\nhost: hub\r\ncontent-length: 9\r\n\r\nx', ['y'])
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
})

/** Stands for a machine that leaves the process no processor for longer than a request may take. */
function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) {}
}
