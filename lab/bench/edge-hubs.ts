import type { Cluster } from '../chaos/cluster.ts'
import { migrateDatabase } from '../edge/migrate-database.ts'
import { startWorkerProcess } from '../edge/worker-process.ts'
import { startHubProcess } from '../hub-process.ts'

type Settings = Record<string, string>
type HubsQuestion = { database: string; settings: { node: Settings; worker: Settings } }

/** Their addresses. */
export type EdgeHubs = AsyncDisposable & { node: string; worker: string }

/** The cron of wrangler.toml: `wrangler dev` calls none by itself. */
const cronSeconds = 60

/** What a hub does by itself would come between; a hook a second is what the brake on mass changes is there to stop. */
const alone = { HUB_RESYNC: 'off', HUB_VERIFY: 'off', HUB_BRAKE_PEOPLE: '0' }

/**
 * Starts the hub twice from the entries that are shipped, as a process of Node and as a Worker by `wrangler dev`, each on a
 * database of its own that it reaches by TCP.
 */
export async function startEdgeHubs(cluster: Cluster, { database, settings }: HubsQuestion): Promise<EdgeHubs> {
  await using started = new AsyncDisposableStack()
  const [nodeDatabase, workerDatabase] = [`${database}_node`, `${database}_worker`]
  await cluster.create(nodeDatabase)
  await cluster.create(workerDatabase)
  await migrateDatabase(cluster.url(workerDatabase))
  const place = { onSpawn: cluster.guardHub }
  const node = await startHubProcess({
    env: { ...settings.node, ...alone, DATABASE_URL: cluster.url(nodeDatabase) },
    cwd: cluster.hubFolder,
    ...place,
  })
  started.defer(async () => void (await node.stop()))
  const worker = await startWorkerProcess({
    databaseUrl: cluster.url(workerDatabase),
    vars: { ...settings.worker, ...alone },
    place: cluster.hubFolder,
    ...place,
  })
  started.defer(worker.stop)
  const cron = setInterval(() => void worker.tick().catch(() => {}), cronSeconds * 1000)
  started.defer(() => clearInterval(cron))
  const running = started.move()
  return { node: node.url, worker: worker.url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
