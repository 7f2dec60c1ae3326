import { startEmbeddedPostgres } from '../../src/node/postgres/embedded-postgres.ts'

/**
 * A process that uses an embedded server, for tests that need a second one or one of another user:
 * starts it, prints how, and leaves when its standard input ends.
 */
const [folder = '', binaryFolder] = process.argv.slice(2)
const binaries = binaryFolder ? { initdb: `${binaryFolder}/initdb`, pg_ctl: `${binaryFolder}/pg_ctl` } : undefined
const server = await startEmbeddedPostgres({ folder, ...(binaries ? { binaries } : {}), settings: { fsync: 'off' } })
process.stdout.write(`${JSON.stringify({ url: server.url, adopted: server.adopted })}\n`)
for await (const _ of process.stdin);
await server.stop()
