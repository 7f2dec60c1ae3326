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

test.each([
  { C: '08P01', M: 'unsupported startup parameter: idle_in_transaction_session_timeout', by: 'PgBouncer' },
  { C: '08P01', M: 'unsupported startup parameter in options: plan_cache_mode', by: 'PgBouncer from 1.20 on, Neon' },
  { C: '26000', M: 'prepared statement "abc1" does not exist', by: 'PostgreSQL, behind Supavisor' },
  { C: '42P05', M: 'prepared statement "abc1" already exists', by: 'PostgreSQL, behind PgBouncer' },
  { C: '08P01', M: 'bind message supplies 2 parameters, but prepared statement "a" requires 1', by: 'PostgreSQL' },
])('names the setting when a pooler refuses how the hub connects: $by: $M', async ({ C, M }) => {
  await using pooler = await startRefusing({ S: 'FATAL', C, M })
  const text = await failToConnect(pooler.port)
  expect(text).toContain('DATABASE_URL leads to a pooler such as PgBouncer, and no setting says so.')
  expect(text).toContain('HUB_DATABASE_POOLER=transaction')
  expect(text).not.toContain('secret-of-the-hub')
})

test('says of a startup parameter that is not the hub’s that it stands in DATABASE_URL', async () => {
  await using pooler = await startRefusing({ S: 'FATAL', C: '08P01', M: 'unsupported startup parameter: pgbouncer' })
  const text = await failToConnect(pooler.port)
  expect(text).toContain('Take pgbouncer out of DATABASE_URL.')
  expect(text).not.toContain('HUB_DATABASE_POOLER')
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
