import { type Cluster, startCluster } from '../../../lab/chaos/cluster.ts'
import { cli } from '../../support/cli.ts'
import { lacksPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import type { Runtime } from '../runtime.ts'
import { startHubAtPort } from './hub-at-port.ts'
import { lacksOldestPostgres, oldestPostgres } from './oldest-postgres.ts'
import { openJournal, waitUntilDown, waitUntilUp } from './open-journal.ts'

/** Why this runtime cannot be had here; null: it can. */
export const lacksPooler = lacksOldestPostgres ?? lacksPgBouncer

/** A PostgreSQL server fails its clients' logins for so long after it was down. */
const loginRetrySeconds = 1

/** Node, and PostgreSQL 15 through PgBouncer in transaction mode, with two connections for all that a hub does. */
export async function preparePooler(): Promise<Runtime> {
  const cluster = await startCluster({ binaries: oldestPostgres })
  let count = 0
  return {
    name: 'pooler',
    title: 'Node with PostgreSQL 15 through PgBouncer',
    start: (question) => startPooledHub(cluster, { ...question, database: `suite_${++count}` }),
    [Symbol.asyncDispose]: cluster.close,
  }
}

type PooledQuestion = Parameters<Runtime['start']>[0] & { database: string }

async function startPooledHub(
  cluster: Cluster,
  { env, entry, database }: PooledQuestion,
): ReturnType<Runtime['start']> {
  await cluster.create(database)
  const pooler = await startPgBouncer({
    url: cluster.url(database),
    poolSize: 2,
    settings: { server_login_retry: String(loginRetrySeconds) },
  })
  const pooled = { ...env, DATABASE_URL: pooler.url, HUB_DATABASE_POOLER: 'transaction' }
  const cwd = cluster.hubFolder
  const hub = await startHubAtPort({ env: pooled, cwd, entry, guardHub: cluster.guardHub })
  const sql = openJournal(cluster.url(database))
  return {
    url: hub.url,
    sql,
    log: hub.log,
    restart: hub.restart,
    tick: async () => {},
    async databaseDown() {
      await cluster.kill()
      await waitUntilDown(sql)
    },
    async databaseUp() {
      await cluster.start()
      await waitUntilUp(sql)
    },
    operate: (...args) => cli({ args, cwd, env: hub.env }),
    async [Symbol.asyncDispose]() {
      await hub.kill()
      await sql.end({ timeout: 1 })
      await pooler.stop()
    },
  }
}
