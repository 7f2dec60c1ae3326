import postgres from 'postgres'
import { makeDatabaseSockets } from './driver-socket.ts'
import { socketPath } from './socket-folder.ts'

/** How to reach the embedded server: spread into `postgres({ ...connection, max: 8 })`. */
export type EmbeddedConnection = { path: string; username: string; password: string; database: string }

/**
 * The one connection by which a process shows that it uses the server, held from start to stop.
 * Two advisory locks on it replace any bookkeeping of process ids, because PostgreSQL drops them when a process dies:
 * every process shares `presence`, and the process that holds `owner` stops the server.
 */
export type Session = {
  sql: postgres.Sql
  /** Settles when the connection is gone, whichever side ended it. */
  lost: Promise<void>
  end(): Promise<void>
}

const presence = 7_233_001
const owner = 7_233_002

export async function openSession(connection: EmbeddedConnection): Promise<Session> {
  let markLost = () => {}
  const lost = new Promise<void>((resolve) => {
    markLost = resolve
  })
  // postgres.js closes every connection after 30 to 60 minutes by default, and the locks would go with it.
  const keep = { max: 1, max_lifetime: null, idle_timeout: 0, connect_timeout: 10, fetch_types: false }
  // The driver's own socket can be left without ever sending again when the server is killed under it.
  const socket = makeDatabaseSockets({ tls: 'off', patience: { silenceSeconds: Number.POSITIVE_INFINITY } })
  const sql = postgres({
    ...connection,
    ...keep,
    ...{ socket },
    database: 'postgres',
    connection: { application_name: 'bellhop presence' },
    onclose: () => markLost(),
  })
  try {
    // Waits while an owner is deciding whether to stop; if it stops, this fails and the caller starts anew.
    await sql`select pg_advisory_lock_shared(${presence}::bigint)`
    await claimOwnership(sql)
    return { sql, lost, end: () => sql.end({ timeout: 1 }) }
  } catch (error) {
    await sql.end({ timeout: 0 })
    throw error
  }
}

export async function ensureDatabase({ sql }: Session, database: string): Promise<void> {
  const found = await sql`select 1 from pg_database where datname = ${database}`
  if (found.length > 0) return
  await sql`create database ${sql(database)}`.catch((error: postgres.PostgresError) => {
    // 42P04 and 23505: another process was faster.
    if (!['42P04', '23505'].includes(error.code)) throw error
  })
}

/**
 * Whether this process is the one to stop the server: it started it, or outlived the process that did, and no other is
 * connected. Connections that were just ended take a moment to disappear, hence the second of patience.
 */
export async function mayStop({ sql }: Session): Promise<boolean> {
  if (!(await claimOwnership(sql))) return false
  for (let tries = 0; tries < 20; tries++) {
    const [alone] = await sql`
      select pg_try_advisory_lock(${presence}::bigint) and not exists (
        select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
      ) as yes`
    if (alone?.yes) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

async function claimOwnership(sql: postgres.Sql): Promise<boolean> {
  const [claim] = await sql`select pg_try_advisory_lock(${owner}::bigint) as held`
  return claim?.held === true
}

export function makeConnection({ socketFolder, password }: { socketFolder: string; password: string }) {
  return { path: socketPath(socketFolder), username: 'bellhop', password, database: 'bellhop' }
}
