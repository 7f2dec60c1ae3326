import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { HubSettings } from '../../core/hub-settings.ts'
import type { Log } from '../../core/log.ts'
import type { Sql } from '../../journal/index.ts'
import { checkMigrated, driverTypes, type Migration, migrate, transactionPooler } from '../../journal/index.ts'
import { parseConnectionUrl, preparesAt, tlsOf } from './connection-url.ts'
import { makeDatabaseSockets, type PoolGauge } from './driver-socket.ts'
import { startEmbeddedPostgres } from './embedded.ts'
import { refuseUnnamedPooler } from './unnamed-pooler.ts'

export type ConnectedDatabase = {
  sql: Sql
  /** For journaling hooks alone. */
  ingestSql: Sql
  /** Where it is, without a password. */
  description: string
  /** What the schema should be made of. */
  migrations: readonly Migration[]
  /** How the pools stand right now. */
  pools(): ({ pool: string; limit: number } & PoolGauge)[]
  /** From now on a connection that owes an answer for so long counts as dead. */
  loseAfter(silenceSeconds: number): void
  close(): Promise<void>
}

export type Database = ConnectedDatabase & { ready(): Promise<void> }

/** As many as there are transactions of the group commit in flight. */
const ingestConnections = 2

type DatabaseQuestion = {
  settings: Pick<HubSettings, 'DATABASE_URL' | 'HUB_CONCURRENCY' | 'HUB_DATABASE_POOLER'> & {
    HUB_LEASE_SECONDS?: number
  }
  log: Log
  /** Where the embedded database lives. */
  folder?: string
}

/** Opens the journal's database, migrated: the one of DATABASE_URL, or the embedded one of the working directory. */
export async function openDatabase(question: DatabaseQuestion): Promise<Database> {
  const connected = await connectDatabase(question)
  const { sql, migrations } = connected
  await migrate(sql, migrations).catch(async (thrown) => {
    await connected.close()
    throw thrown
  })
  // Only now: a migration may take its time, and waits for that of another hub.
  if (question.settings.HUB_LEASE_SECONDS) connected.loseAfter(limitsOf(question.settings.HUB_LEASE_SECONDS).silence)
  return { ...connected, ready: () => checkMigrated(sql, migrations) }
}

/** Connects without migrating: a command that only reads must not change the schema under a running hub. */
export async function connectDatabase({
  settings,
  log,
  folder = '.bellhop',
}: DatabaseQuestion): Promise<ConnectedDatabase> {
  const migrations = await readMigrations()
  const embedded = settings.DATABASE_URL ? null : await startEmbeddedPostgres({ folder: resolve(folder), log })
  const { url, options } = parseConnectionUrl(settings.DATABASE_URL ?? embedded?.url ?? '')
  const gauges = { work: { open: 0, busy: 0 }, ingest: { open: 0, busy: 0 } }
  const patience = { silenceSeconds: Number.POSITIVE_INFINITY }
  const idleMs = Math.ceil(limitsOf(settings.HUB_LEASE_SECONDS ?? defaultLeaseSeconds).idle * 1000)
  const connectTo = makeDatabaseSockets({ tls: tlsOf(url), patience })
  const shared = {
    ...options,
    // The sockets do TLS themselves: the driver would put another socket around them.
    ssl: false,
    connect_timeout: 5,
    fetch_types: false,
    types: driverTypes,
    // PostgreSQL's notices only say what exists already.
    onnotice: () => {},
    connection: {
      application_name: 'bellhop',
      idle_in_transaction_session_timeout: idleMs,
      // In the midst of a statement the idle time does not count: there it is the server's own look at the line.
      tcp_keepalives_idle: 5,
      tcp_keepalives_interval: 1,
      tcp_keepalives_count: 3,
    },
  }
  // Prepared, a statement is one round trip and not two. Its plan is made anew each time all the same: one that was made
  // while a table was small would later read that table whole. What is done for every delivery brings its own plans,
  // kept by the functions that it calls. Journaling is one hot statement that only looks up keys, and has connections
  // of its own, so that no hook waits behind deliveries.
  const prepare = preparesAt(url)
  const work = { ...shared.connection, ...(prepare ? { plan_cache_mode: 'force_custom_plan' } : {}) }
  // The embedded server has no pooler.
  const pooled = settings.HUB_DATABASE_POOLER && !embedded ? transactionPooler : {}
  const max = Math.min(settings.HUB_CONCURRENCY + 4, 20)
  type Address = Parameters<typeof connectTo>[0]
  const socketOf = (gauge: PoolGauge) => ({ socket: (address: Address) => connectTo(address, gauge) })
  const sql = postgres(url, { ...shared, ...socketOf(gauges.work), connection: work, prepare, max, ...pooled })
  const ingestSql = postgres(url, {
    ...shared,
    ...socketOf(gauges.ingest),
    prepare,
    max: ingestConnections,
    ...pooled,
  })
  const close = async () => {
    await Promise.all([sql.end({ timeout: 5 }), ingestSql.end({ timeout: 5 })])
    await embedded?.stop()
  }
  if (prepare && !embedded && !settings.HUB_DATABASE_POOLER) {
    await refuseUnnamedPooler(sql, { idleMs }).catch(async (thrown) => {
      await close()
      throw thrown
    })
  }
  return {
    sql,
    ingestSql,
    migrations,
    pools: () => [
      { pool: 'work', limit: max, ...gauges.work },
      { pool: 'ingest', limit: ingestConnections, ...gauges.ingest },
    ],
    description: embedded ? `embedded PostgreSQL in ${resolve(folder)}` : `PostgreSQL at ${new URL(url).host}`,
    loseAfter(silenceSeconds) {
      patience.silenceSeconds = silenceSeconds
    },
    close,
  }
}

const defaultLeaseSeconds = 30

/**
 * How long the database may keep silent, and how long a transaction may: a hub that was stopped, or cut off in
 * silence, leaves one open, and its row locks hold up the hooks of the same people in every other hub.
 */
function limitsOf(leaseSeconds: number): { silence: number; idle: number } {
  return { silence: Math.min(10, leaseSeconds / 2), idle: Math.min(5, leaseSeconds / 2) }
}

const shipped = fileURLToPath(new URL('../../journal/migrations/', import.meta.url))

/** Reads `NNNN_name.sql` from a folder, in order. A file of another name there is a mistake, and said to be one. */
export async function readMigrations(folder: string = shipped): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => ({ number: numberOf(name), name, text: await read(folder, name) })))
}

function read(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8')
}

function numberOf(name: string): number {
  const digits = name.match(/^(\d{4})_[a-z0-9_]+\.sql$/)?.[1]
  if (!digits) throw new TypeError(`A migration is named like 0001_journal.sql, not ${name}.`)
  return Number(digits)
}
