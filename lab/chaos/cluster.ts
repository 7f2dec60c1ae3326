import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { findBinaries, type PostgresBinaries } from '../../src/node/postgres/binaries.ts'
import {
  ensureData,
  ownerName,
  readPidFile,
  removeStalePidFile,
  startServer,
  stopServer,
} from '../../src/node/postgres/cluster.ts'
import { type PostgresHome, prepareHome } from '../../src/node/postgres/home.ts'
import { isServerProcess, runProgram } from '../../src/node/postgres/system.ts'
import { makeGuardedFolder, readChosenBinaries } from '../guarded-folder.ts'
import { findFreePort } from '../hub-process.ts'

export type Cluster = {
  port: number
  version: string
  /** The address of a database, by way of another port if one is given. */
  url(database: string, port?: number): string
  create(database: string): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  /** SIGKILL for the server and each of its children at once. */
  kill(): Promise<void>
  /** Ends every session that a hub has open. */
  terminateHubs(): Promise<void>
  /** Ends the hubs' sessions and takes every connection there is; returns how to give them back. */
  takeAllConnections(): Promise<() => Promise<void>>
  /** Where hubs may run: gone with the cluster, however this process ends. */
  hubFolder: string
  /** Ends this hub too, however this process ends. */
  guardHub(pid: number): void
  close(): Promise<void>
}

/** PostgreSQL's own default. A pool that went dead in silence still counts at the server, up to four generations of it. */
const defaultMaxConnections = 100
const patienceMs = 30_000

/**
 * A PostgreSQL of its own, fully durable, that may be killed: of these programs, else the one of
 * BELLHOP_TEST_POSTGRES_BIN, else the packaged one.
 */
export async function startCluster(
  chosen: { binaries?: PostgresBinaries; maxConnections?: number } = {},
): Promise<Cluster> {
  const folder = await makeGuardedFolder('bellhop-chaos-')
  const hubFolder = join(folder.path, 'hubs')
  await mkdir(hubFolder)
  const binaries = chosen.binaries ?? readChosenBinaries().binaries ?? (await findBinaries())
  const home = await prepareHome({ folder: join(folder.path, '.bellhop'), binaries })
  const port = await findFreePort()
  const maxConnections = String(chosen.maxConnections ?? defaultMaxConnections)
  const settings = { listen_addresses: '127.0.0.1', port: String(port), max_connections: maxConnections }
  await ensureData(home, settings)
  await start(home, settings)

  const url = (database: string, by = port) =>
    `postgres://${ownerName}:${encodeURIComponent(home.password)}@127.0.0.1:${by}/${database}`
  const asAdmin = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    const sql = postgres(url('postgres'), { max: 1, onnotice: () => {}, connect_timeout: 5 })
    return work(sql).finally(() => sql.end({ timeout: 1 }))
  }
  const terminateHubs = () => asAdmin(endHubSessions)
  return {
    port,
    version: await asAdmin(async (sql) => (await sql`show server_version`)[0]?.server_version),
    url,
    create: (database) => asAdmin(async (sql) => void (await sql`create database ${sql(database)}`)),
    start: () => start(home, settings),
    stop: async () => void (await stopServer(home)),
    kill: () => kill(home),
    terminateHubs,
    hubFolder,
    guardHub: folder.guardHub,
    takeAllConnections: () => takeAllConnections({ url: url('postgres'), terminateHubs }),
    close: async () => {
      await stopServer(home)
      await folder.remove()
    },
  }
}

async function endHubSessions(sql: Sql): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bellhop'`
}

/** As after a power cut: the old pid file lies there, and the kernel may keep what the dead held for a moment. */
async function start(home: PostgresHome, settings: Record<string, string>): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const seen = await readPidFile(home)
    if (seen && !(await isServerProcess(seen.pid, home.data))) await removeStalePidFile(home, seen)
    const started = await startServer(home, settings)
    if (started.ok) return
    if (Date.now() > deadline) throw new Error(`PostgreSQL does not start: ${started.output}`)
    await sleep(100)
  }
}

async function kill(home: PostgresHome): Promise<void> {
  const seen = await readPidFile(home)
  if (!seen) return
  const { output } = await runProgram('ps', ['-A', '-o', 'pid=,ppid='])
  const children = output
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]) => (pid !== undefined && parent === seen.pid ? [pid] : []))
  for (const pid of [seen.pid, ...children]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It went with its parent.
    }
  }
  while (await isServerProcess(seen.pid, home.data)) await sleep(10)
}

/** Until the server refuses and no hub has a session left: theirs are ended, and taken before they are back. */
async function takeAllConnections({
  url,
  terminateHubs,
}: {
  url: string
  terminateHubs(): Promise<void>
}): Promise<() => Promise<void>> {
  const taken: Sql[] = []
  await terminateHubs()
  for (let refused = 0; refused < 30; ) {
    const one = await takeConnection(url)
    if (one) {
      taken.push(one)
      continue
    }
    refused++
    const [ours] = taken
    if (!ours) break
    const [left] = await ours`select count(*)::int as hubs from pg_stat_activity where application_name = 'bellhop'`
    if (left?.hubs === 0) break
    await endHubSessions(ours)
  }
  return async () => void (await Promise.all(taken.map((sql) => sql.end({ timeout: 1 }))))
}

async function takeConnection(url: string): Promise<Sql | null> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5, idle_timeout: 0 })
  try {
    await sql`select 1`
    return sql
  } catch {
    await sql.end({ timeout: 0 })
    return null
  }
}
