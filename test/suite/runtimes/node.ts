import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { makeGuardedFolder } from '../../../lab/guarded-folder.ts'
import { startEmbeddedPostgres } from '../../../src/node/postgres/embedded.ts'
import { cli } from '../../support/cli.ts'
import { cleanUp, serverFolder, serverPid, signal } from '../../support/embedded.ts'
import type { Runtime } from '../runtime.ts'
import { startHubAtPort } from './hub-at-port.ts'
import { openJournal, waitUntilDown, waitUntilUp } from './open-journal.ts'

/** Node, and the PostgreSQL that the hub starts for itself in its working directory. */
export async function prepareNode(): Promise<Runtime> {
  const place = await makeGuardedFolder('bellhop-suite-')
  let count = 0
  return {
    name: 'node',
    title: 'Node with the embedded PostgreSQL',
    async start({ env, entry }) {
      const cwd = join(place.path, `hub-${++count}`)
      await mkdir(cwd, { mode: 0o711 })
      const hub = await startHubAtPort({ env, cwd, entry, guardHub: place.guardHub })
      const folder = join(cwd, '.bellhop')
      // The hub started the server. This process holds it too, so that it outlives the hub.
      const server = await startEmbeddedPostgres({ folder })
      const sql = openJournal(server.url)
      const data = join(await serverFolder(folder), 'data')
      return {
        url: hub.url,
        sql,
        log: hub.log,
        restart: hub.restart,
        tick: async () => {},
        async databaseDown() {
          const pid = await serverPid(folder)
          // The hub starts a dead server again at once: without its data it cannot.
          await rename(data, `${data}.away`)
          if (pid) signal(pid, 'SIGKILL')
          await waitUntilDown(sql)
        },
        async databaseUp() {
          await rename(`${data}.away`, data)
          await waitUntilUp(sql)
        },
        operate: (...args) => cli({ args, cwd, env: hub.env }),
        async [Symbol.asyncDispose]() {
          await hub.kill()
          await sql.end({ timeout: 1 })
          await server.stop()
          await cleanUp(folder)
        },
      }
    },
    [Symbol.asyncDispose]: () => place.remove(),
  }
}
