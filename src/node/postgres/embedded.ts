import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage, UsageError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { silentLog } from '../../core/log.ts'
import type { PostgresBinaries } from './binaries.ts'
import { findBinaries } from './binaries.ts'
import { ensureData, readLogTail, readPidFile, removeStalePidFile, startServer, stopServer } from './cluster.ts'
import { makeConnectionUrl } from './connection-url.ts'
import type { PostgresHome } from './home.ts'
import { prepareHome } from './home.ts'
import type { EmbeddedConnection, Session } from './session.ts'
import { ensureDatabase, makeConnection, mayStop, openSession } from './session.ts'
import { isServerProcess } from './system.ts'

export type EmbeddedPostgres = {
  connection: EmbeddedConnection
  /** The same as a `DATABASE_URL` (libpq form, `?host=<socket folder>`), for `psql` and for child processes. */
  url: string
  /** The server was running already: another process on this folder started it, or one that was killed. */
  adopted: boolean
  /** Leaves the server; the last to leave stops it. End your own pools first. */
  stop(): Promise<void>
}

type Options = {
  /** `.bellhop`: data, socket, password and log live below it. */
  folder: string
  log?: Log
  /** Other programs than those of the npm package. */
  binaries?: PostgresBinaries
  /** Server settings on top of ours. Tests turn `fsync` off here; nothing else should. */
  settings?: Record<string, string>
}

/** How long a server that cannot start is tried again: a killed one leaves zombies and shared memory for seconds. */
const patienceMs = 20_000
/** How long a living server may take to recover, or to shut down. */
const recoveryMs = 120_000
/** How long leaving waits for a session that may have died without a word. */
const leavingMs = 3_000

/**
 * Runs a real PostgreSQL for this folder and connects to it; initdb takes a second once, a start 0.1 s.
 *
 * Several processes may use one folder, and may start at the same moment: the first starts the server, the others adopt
 * it. If the server dies while it is in use, it is started again. What was committed survives a SIGKILL of either side.
 */
export async function startEmbeddedPostgres({
  folder,
  log = silentLog,
  binaries,
  settings = {},
}: Options): Promise<EmbeddedPostgres> {
  refuseWindows()
  const home = await prepareHome({ folder, binaries: binaries ?? (await findBinaries()) })
  await ensureData(home, settings)
  const first = await joinServer(home, settings)
  const connection = makeConnection({ socketFolder: first.socketFolder, password: home.password })
  await ensureDatabase(first.session, connection.database)
  log.info({ folder: home.folder, adopted: first.adopted }, 'embedded PostgreSQL is ready')
  const kept = keepRunning({ home, settings, log, first: first.session })
  return { connection, url: makeConnectionUrl(connection), adopted: first.adopted, stop: kept.stop }
}

/** Joins the server that runs, or starts one. PostgreSQL's pid file says which, and who wins when two try at once. */
async function joinServer(
  home: PostgresHome,
  settings: Record<string, string>,
): Promise<{ session: Session; adopted: boolean; socketFolder: string }> {
  const begin = Date.now()
  let adopted = true
  for (;;) {
    let problem = 'it is still starting or stopping'
    const seen = await readPidFile(home)
    const alive = seen !== undefined && (await isServerProcess(seen.pid, home.data))
    if (alive && seen.ready) {
      const entered = await enterServer(home, seen.socketFolder)
      if (typeof entered !== 'string') return { session: entered, adopted, socketFolder: seen.socketFolder }
      problem = entered
    }
    if (!alive) {
      if (seen) await removeStalePidFile(home, seen)
      const started = await startServer(home, settings)
      adopted = !started.ok
      if (started.ok) continue
      problem = started.output
    }
    if (Date.now() - begin > (alive ? recoveryMs : patienceMs)) throw await makeStartError(home, problem)
    await sleep(100)
  }
}

async function enterServer(home: PostgresHome, socketFolder: string): Promise<Session | string> {
  try {
    return await openSession(makeConnection({ socketFolder, password: home.password }))
  } catch (error) {
    if (!isWrongPassword(error)) return errorMessage(error)
    throw new UsageError({
      what: `The embedded database of ${home.folder} does not accept its password.`,
      why: `The file ${home.folder}/password is not the one the database was made with.`,
      fix: 'Restore that file, or delete the folder to begin empty.',
    })
  }
}

/** Starts the server again whenever the session is lost, until `stop`. */
function keepRunning({
  home,
  settings,
  log,
  first,
}: {
  home: PostgresHome
  settings: Record<string, string>
  log: Log
  first: Session
}): { stop(): Promise<void> } {
  let session = first
  let stopping = false
  const watch = async () => {
    for (;;) {
      await session.lost
      if (stopping) return
      log.warn({ folder: home.folder }, 'embedded PostgreSQL is gone, starting it again')
      await session.end()
      const again = await joinServer(home, settings).catch((error) =>
        log.error({ error: errorMessage(error) }, 'start failed'),
      )
      if (again) session = again.session
      else await sleep(1000)
    }
  }
  const watching = watch()
  const leave = async () => {
    stopping = true
    const alone = await mayLeaveLast(home, session)
    if (alone) {
      const stopped = await stopServer(home)
      log.info({ folder: home.folder, ok: stopped.ok }, 'embedded PostgreSQL was stopped')
    }
    await session.end()
    await Promise.race([watching, sleep(leavingMs)])
  }
  let left: Promise<void> | undefined
  return {
    stop: () => {
      left ??= leave()
      return left
    },
  }
}

/**
 * Asks on the session it has; and when that one is silent, which the driver's can be for ever after its server was
 * killed under it, on a new one.
 */
async function mayLeaveLast(home: PostgresHome, session: Session): Promise<boolean> {
  const asked = mayStop(session).catch(() => undefined)
  const answer = await Promise.race([asked, sleep(leavingMs, undefined, { ref: false })])
  if (answer !== undefined) return answer
  const seen = await readPidFile(home)
  const fresh = seen?.ready ? await enterServer(home, seen.socketFolder) : 'it does not run'
  if (typeof fresh === 'string') return false
  const alone = await mayStop(fresh).catch(() => false)
  await fresh.end()
  return alone
}

async function makeStartError(home: PostgresHome, problem: string): Promise<UsageError> {
  return new UsageError({
    what: `The embedded PostgreSQL in ${home.folder} does not start.`,
    why: [problem, await readLogTail(home)].filter(Boolean).join('\n'),
    fix: `Mend what its log says (${home.log}), or set DATABASE_URL.`,
  })
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '28P01'
}

function refuseWindows(): void {
  if (process.platform !== 'win32') return
  throw new UsageError({
    what: 'The embedded PostgreSQL does not run on Windows.',
    why: 'It listens on a Unix socket only, which Node.js does not speak there.',
    fix: 'Set DATABASE_URL to a PostgreSQL 15 or newer, or use WSL.',
  })
}
