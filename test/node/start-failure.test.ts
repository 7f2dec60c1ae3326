import { createServer } from 'node:net'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { formatStartFailure } from '../../src/node/start-failure.ts'

/** A server that refuses every startup packet, with the given fields of an ErrorResponse (PostgreSQL docs: 55.8). */
async function startRefusing(fields: Record<string, string>) {
  const body = Object.entries(fields).map(([field, text]) => `${field}${text}\0`)
  const text = Buffer.from(`${body.join('')}\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(text.length + 4, 1)
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.concat([head, text]))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, [Symbol.asyncDispose]: async () => void server.close() }
}

async function failToConnect(port: number): Promise<string> {
  const sql = postgres(`postgres://hub:secret-of-the-hub@127.0.0.1:${port}/hub`, { max: 1, connect_timeout: 5 })
  const thrown = await sql`select 1`.then(
    () => null,
    (error: unknown) => error,
  )
  await sql.end({ timeout: 1 })
  return formatStartFailure(thrown)
}

test('names the setting of a pooler that refuses a startup parameter (attack 10)', async () => {
  await using pooler = await startRefusing({
    S: 'FATAL',
    C: '08P01',
    M: 'unsupported startup parameter: idle_in_transaction_session_timeout',
  })
  const text = await failToConnect(pooler.port)
  expect(text).toContain('A pooler in front of the database refuses how the hub connects.')
  expect(text).toContain('ignore_startup_parameters = idle_in_transaction_session_timeout, tcp_keepalives_idle')
  expect(text).not.toContain('secret-of-the-hub')
})

test('says of a wrong password that the database cannot be used', async () => {
  await using server = await startRefusing({
    S: 'FATAL',
    C: '28P01',
    M: 'password authentication failed for user "hub"',
  })
  const text = await failToConnect(server.port)
  expect(text).toContain('The database of DATABASE_URL cannot be used.')
  expect(text).not.toContain('secret-of-the-hub')
})
