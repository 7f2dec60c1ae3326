import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { connectionUrl } from '../../src/node/postgres/connection-url.ts'
import { startEmbeddedPostgres } from '../../src/node/postgres/embedded-postgres.ts'

export type Server = {
  /** Makes an empty database and says where it is. */
  create(name: string): Promise<string>
  close(): Promise<void>
}

/** The embedded PostgreSQL with the durability it is shipped with; only room for more connections is added. */
export async function startServer(): Promise<Server> {
  const place = await mkdtemp(join(tmpdir(), 'bellhop-bench-'))
  // PostgreSQL does not run as root: its user must get through to its folder.
  await chmod(place, 0o711)
  const embedded = await startEmbeddedPostgres({
    folder: join(place, '.bellhop'),
    settings: { max_connections: '150' },
  })
  const admin = postgres({ ...embedded.connection, max: 1, onnotice: () => {} })
  return {
    create: async (name) => {
      await admin`create database ${admin(name)}`
      return connectionUrl({ ...embedded.connection, database: name })
    },
    close: async () => {
      await admin.end()
      await embedded.stop()
      await rm(place, { recursive: true, force: true })
    },
  }
}
