import { connect } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, expect, test } from 'vitest'
import { limitConnections } from '../../src/node/limit-connections.ts'

/** 15 s are 300 ms. */
const scale = 0.02

const answer = async (request: Request) => new Response(await request.text())

async function listen(limits: ReturnType<typeof limitConnections>) {
  const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1', serverOptions: limits })
  await new Promise((resolve) => server.once('listening', resolve))
  afterAll(() => void server.close())
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('No port')
  return address.port
}

/** Sends a text on a connection of its own, and returns what came until the hub closed it. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (data) => {
      heard += String(data)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
    socket.write(text)
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
