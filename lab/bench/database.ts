import { join } from 'node:path'
import postgres from 'postgres'
import { makeConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import { startEmbeddedPostgres } from '../../src/node/postgres/embedded.ts'
import { makeGuardedFolder } from '../guarded-folder.ts'

export type Server = {
  /** Makes an empty database and says where it is. */
  create(name: string): Promise<string>
  /** Where hubs run that a part starts as processes of their own. */
  folder: string
  /** Ends the hub of this process id when the bench ends, however it ends. */
  guardHub(pid: number): void
  close(): Promise<void>
}

/** The embedded PostgreSQL with the durability it is shipped with; only room for more connections is added. */
export async function startServer(): Promise<Server> {
  const folder = await makeGuardedFolder('bellhop-bench-')
  const embedded = await startEmbeddedPostgres({
    folder: join(folder.path, '.bellhop'),
    settings: { max_connections: '150' },
  })
  const admin = postgres({ ...embedded.connection, max: 1, onnotice: () => {} })
  return {
    create: async (name) => {
      await admin`create database ${admin(name)}`
      return makeConnectionUrl({ ...embedded.connection, database: name })
    },
    folder: folder.path,
    guardHub: folder.guardHub,
    close: async () => {
      await admin.end()
      await embedded.stop()
      await folder.remove()
    },
  }
}
