import { readChosenBinaries } from '../../lab/guarded-folder.ts'
import { startEmbeddedPostgres } from '../../src/node/postgres/embedded.ts'

/**
 * A process that uses an embedded server, for tests that need a second one or one of another user:
 * starts it, prints how, and leaves when its standard input ends.
 */
const [folder = ''] = process.argv.slice(2)
const server = await startEmbeddedPostgres({ folder, ...readChosenBinaries(), settings: { fsync: 'off' } })
process.stdout.write(`${JSON.stringify({ url: server.url, adopted: server.adopted })}\n`)
for await (const _ of process.stdin);
await server.stop()
