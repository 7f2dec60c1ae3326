import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { makeGuardedFolder } from '../../../lab/guarded-folder.ts'
import { findFreePort, startHubProcess } from '../../../lab/hub-process.ts'
import { driverTypes } from '../../../src/journal/index.ts'
import { makeDatabaseSockets } from '../../../src/node/postgres/driver-socket.ts'
import { startEmbeddedPostgres } from '../../../src/node/postgres/embedded.ts'
import { cli } from '../../support/cli.ts'
import { cleanUp, serverFolder, serverPid, signal } from '../../support/embedded.ts'
import { eventually } from '../../support/eventually.ts'
import type { Runtime } from '../runtime.ts'

const entries = {
  test: fileURLToPath(new URL('../../../lab/suite/node-hub.ts', import.meta.url)),
  shipped: fileURLToPath(new URL('../../../src/node.ts', import.meta.url)),
}

/** Node, and the PostgreSQL that the hub starts for itself in its working directory. */
export async function prepareNode(): Promise<Runtime> {
  const place = await makeGuardedFolder('bellhop-suite-')
  let count = 0
  return {
    name: 'node',
    title: 'Node with the embedded PostgreSQL',
    async start({ env: given, entry = 'test' }) {
      const cwd = join(place.path, `hub-${++count}`)
      await mkdir(cwd, { mode: 0o711 })
      const env = { ...given, PORT: String(await findFreePort()) }
      const startHub = () => startHubProcess({ env, cwd, file: entries[entry], onSpawn: place.guardHub })
      let hub = await startHub()
      const folder = join(cwd, '.bellhop')
      // The hub started the server; this process holds it too, so that it outlives the hub.
      const server = await startEmbeddedPostgres({ folder })
      const sockets = { socket: makeDatabaseSockets({ tls: 'off', patience: { silenceSeconds: 10 } }) }
      const sql = postgres({ ...server.connection, ...sockets, types: driverTypes, max: 2, onnotice: () => {} })
      const data = join(await serverFolder(folder), 'data')
      return {
        url: hub.url,
        sql,
        log: () => hub.log,
        async restart() {
          await hub.stop('SIGKILL')
          hub = await startHub()
        },
        tick: async () => {},
        async databaseDown() {
          const pid = await serverPid(folder)
          // The hub starts a dead server again at once: without its data it cannot.
          await rename(data, `${data}.away`)
          if (pid) signal(pid, 'SIGKILL')
          await eventually(() =>
            sql`select 1`.then(
              () => Promise.reject(new Error('It answers')),
              () => {},
            ),
          )
        },
        async databaseUp() {
          await rename(`${data}.away`, data)
          await eventually(() => sql`select 1`, { withinSeconds: 40 })
        },
        operate: (...args) => cli({ args, cwd, env }),
        async [Symbol.asyncDispose]() {
          await hub.stop('SIGKILL')
          await sql.end({ timeout: 1 })
          await server.stop()
          await cleanUp(folder)
        },
      }
    },
    [Symbol.asyncDispose]: () => place.remove(),
  }
}
