import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Cluster, startCluster } from '../../../lab/chaos/cluster.ts'
import { startWorkerProcess } from '../../../lab/edge/worker-process.ts'
import { findFreePort } from '../../../lab/hub-process.ts'
import { cli } from '../../support/cli.ts'
import type { Runtime } from '../runtime.ts'
import { lacksOldestPostgres, oldestPostgres } from './oldest-postgres.ts'
import { openJournal, waitUntilDown, waitUntilUp } from './open-journal.ts'

const entries = { test: 'lab/edge/test-worker.ts', shipped: 'src/cloudflare.ts' }

const workerd = fileURLToPath(new URL('../../../node_modules/workerd/bin/workerd', import.meta.url))

/** Why this runtime cannot be had here; null: it can. */
export const lacksEdge = existsSync(workerd) ? lacksOldestPostgres : 'no workerd is installed (npm ci brings it)'

/** workerd as `wrangler dev` runs it, and PostgreSQL 15 as its Hyperdrive. */
export async function prepareEdge(): Promise<Runtime> {
  const cluster = await startCluster({ binaries: oldestPostgres })
  let count = 0
  return {
    name: 'edge',
    title: 'workerd with PostgreSQL 15',
    start: (question) => startEdgeHub(cluster, { ...question, database: `suite_${++count}` }),
    [Symbol.asyncDispose]: cluster.close,
  }
}

type EdgeQuestion = Parameters<Runtime['start']>[0] & { database: string }

async function startEdgeHub(
  cluster: Cluster,
  { env, entry = 'test', database }: EdgeQuestion,
): ReturnType<Runtime['start']> {
  await cluster.create(database)
  const databaseUrl = cluster.url(database)
  const operate = (...args: string[]) =>
    cli({ args, cwd: cluster.hubFolder, env: { ...env, DATABASE_URL: databaseUrl } })
  // The Worker never migrates.
  const migrated = await operate('migrate')
  if (migrated.code !== 0) throw new Error(`The schema was not made: ${migrated.err}`)
  const port = await findFreePort()
  const place = { place: cluster.hubFolder, onSpawn: cluster.guardHub }
  const start = () => startWorkerProcess({ databaseUrl, vars: env, entry: entries[entry], port, ...place })
  let worker = await start()
  const sql = openJournal(databaseUrl)
  return {
    url: worker.url,
    sql,
    log: () => worker.log,
    async restart() {
      await worker.kill()
      worker = await start()
    },
    tick: () => worker.tick(),
    async databaseDown() {
      await cluster.kill()
      await waitUntilDown(sql)
    },
    async databaseUp() {
      await cluster.start()
      await waitUntilUp(sql)
    },
    operate,
    async [Symbol.asyncDispose]() {
      await worker.stop()
      await sql.end({ timeout: 1 })
    },
  }
}
