import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../lab/hub-process.ts'
import { driverTypes, transactionPooler } from '../../src/journal/index.ts'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import type { HubOptions } from './hub.ts'
import type { TestDatabase } from './postgres.ts'

/** Debian puts it where only root's search path leads. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin']
const program = folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path))

/** Why the tests that need a pooler are skipped, for the title of their `describe`; null: they run. */
export const lacksPgBouncer = program ? null : 'no pgbouncer is installed (Debian: apt-get install pgbouncer)'
if (lacksPgBouncer) process.stderr.write(`Tests through a pooler are skipped: ${lacksPgBouncer}.\n`)

type PoolerQuestion = {
  /** A DATABASE_URL of the server, its socket or its address. */
  url: string
  /** Connections to the server, for all clients together. */
  poolSize: number
  /** Further lines of pgbouncer.ini. */
  settings?: Record<string, string>
}

export type PgBouncer = {
  /** A DATABASE_URL that leads through it to the same database. */
  url: string
  stop(): Promise<void>
}

/**
 * Starts a PgBouncer in transaction mode before a server, on 127.0.0.1 and a free port. It forgets nothing of a session
 * that another client left (`server_reset_query` is empty). Clients prove themselves with the server's password.
 */
export async function startPgBouncer({ url, poolSize, settings = {} }: PoolerQuestion): Promise<PgBouncer> {
  if (!program) throw new Error(`PgBouncer cannot be started: ${lacksPgBouncer}`)
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-pooler-'))
  const server = parseServer(url)
  const port = await findFreePort()
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: server.password ? 'scram-sha-256' : 'trust',
    auth_file: join(folder, 'users.txt'),
    pool_mode: 'transaction',
    default_pool_size: String(poolSize),
    max_client_conn: '400',
    server_reset_query: '',
    // A test fails rather than waits for ever.
    query_wait_timeout: '20',
    ...settings,
  }
  const file = join(folder, 'pgbouncer.ini')
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}`)
  const place = `host='${server.host}' port=${server.port} dbname='${server.database}'`
  await writeFile(file, `[databases]\n${server.database} = ${place}\n\n[pgbouncer]\n${text.join('\n')}\n`)
  await writeFile(lines.auth_file, `"${server.username}" "${server.password}"\n`)
  const identity = await giveToUser(server, [folder, file, lines.auth_file])
  const child = spawn(program, ['-q', file], { ...identity, stdio: ['ignore', 'ignore', 'pipe'] })
  const complaints: string[] = []
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)))
  // However the test run ends, nothing of it stays.
  const endChild = () => void child.kill('SIGKILL')
  process.once('exit', endChild)
  const stop = async () => {
    process.removeListener('exit', endChild)
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  if (!(await answers(port, child))) {
    await stop()
    throw new Error(`PgBouncer did not start: ${complaints.join('')}`)
  }
  const [user, password] = [server.username, server.password].map(encodeURIComponent)
  return { url: `postgres://${user}:${password}@127.0.0.1:${port}/${server.database}`, stop }
}

/** The same database, for a hub that reaches it through a pooler. */
export function throughPooler(db: TestDatabase, { url }: PgBouncer): HubOptions['db'] {
  const { host, ...server } = parseServer(url)
  return { ...db, url, connection: { ...server, ...transactionPooler, host, types: driverTypes } }
}

function parseServer(given: string) {
  const { url, options } = parseConnectionUrl(given)
  const { hostname, port, username, password, pathname } = new URL(url)
  const named = options.path?.split('.').at(-1)
  return {
    host: options.path ? dirname(options.path) : hostname,
    port: named ?? (port || '5432'),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  }
}

/** It refuses to run as root: then it runs as the user to whom the server's socket belongs, or else as `nobody`. */
async function giveToUser(
  { host }: { host: string },
  paths: readonly string[],
): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const owner = host.startsWith('/') ? await stat(host) : { uid: 0, gid: 0 }
  const { uid, gid } = owner.uid === 0 ? { uid: 65_534, gid: 65_534 } : owner
  for (const path of paths) await chown(path, uid, gid)
  return { uid, gid }
}

async function answers(port: number, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    if (await canConnect(port)) return true
    await sleep(25)
  }
  return false
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    const say = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => say(true)).once('error', () => say(false))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const killing = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(killing)
}
