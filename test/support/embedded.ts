import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { inject } from 'vitest'
import { readChosenBinaries } from '../../lab/guarded-folder.ts'
import { makeDatabaseSockets } from '../../src/node/postgres/driver-socket.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/node/postgres/embedded.ts'
import type { SystemUser } from '../../src/node/postgres/system.ts'

const script = fileURLToPath(new URL('embedded-process.ts', import.meta.url))

/**
 * A folder of its own which every user may pass through: in a 0700 one the server of a test run by root would have to
 * move to /var/lib/bellhop. What runs below it ends with the test run.
 */
export async function temporaryFolder(name = 'embedded-'): Promise<string> {
  const place = await mkdtemp(join(inject('temporaryFolder'), name))
  await chmod(place, 0o711)
  return place
}

export function start(folder: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder, settings: { fsync: 'off' }, ...readChosenBinaries() })
}

export function connect(server: EmbeddedPostgres): Sql {
  // As the hub does: the driver's own sockets can hang for ever when a server is killed under them.
  const sockets = { socket: makeDatabaseSockets({ tls: 'off', patience: { silenceSeconds: 10 } }), fetch_types: false }
  return postgres({ ...server.connection, ...sockets, max: 2, onnotice: () => {}, connect_timeout: 5 })
}

/** Runs `work` with one connection and ends it, so that it does not count as a connected process afterwards. */
export async function using<T>(server: EmbeddedPostgres, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(server)
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Where the server of this folder keeps its data: beside it, or where `location` says. */
export async function serverFolder(folder: string): Promise<string> {
  const noted = await readFile(join(folder, 'location'), 'utf8').catch(() => folder)
  return join(noted.trim(), 'postgres')
}

export async function serverPid(folder: string): Promise<number | undefined> {
  const text = await readFile(join(await serverFolder(folder), 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  return text ? Number(text.split('\n')[0]) : undefined
}

/** Ends what may be left of a test's server and removes its folders. */
export async function cleanUp(folder: string): Promise<void> {
  const pid = await serverPid(folder)
  if (pid) {
    signal(pid, 'SIGQUIT')
    for (let tries = 0; tries < 100 && (await serverPid(folder)) === pid; tries++) await sleep(50)
  }
  const elsewhere = await readFile(join(folder, 'location'), 'utf8').catch(() => '')
  const socket = await readFile(join(folder, 'socket-folder'), 'utf8').catch(() => '')
  for (const path of [elsewhere.trim(), socket.trim(), folder])
    if (path) await rm(path, { recursive: true, force: true })
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It was gone already.
  }
}

type OtherProcess = { child: ChildProcess; url: string; adopted: boolean; leave(): Promise<number | null> }

/** The same in another process, of another user if given. Rejects with what that process complained about. */
export async function startElsewhere(
  folder: string,
  { user, env }: { user?: SystemUser; env?: NodeJS.ProcessEnv } = {},
): Promise<OtherProcess> {
  const identity = user ? { uid: user.uid, gid: user.gid } : {}
  const child = spawn(process.execPath, [script, folder], {
    env: { ...process.env, ...env },
    ...identity,
    stdio: 'pipe',
  })
  const complaints: string[] = []
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${complaints.join('')}`))),
  ])
  const leave = () => {
    child.stdin.end()
    return ended
  }
  return { child, ...JSON.parse(line), leave }
}
