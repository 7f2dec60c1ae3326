import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A folder below which servers run, and which is removed however this process ends, by a SIGKILL too. */
type GuardedFolder = {
  path: string
  /** Also ends this hub, or this Worker with its workerd, when this process ends. */
  guardHub(pid: number): void
  /** Removes the folder; the servers below it must have been stopped. */
  remove(): Promise<void>
}

/**
 * Makes a temporary folder and starts a second process, the guard, that reads from a pipe which this process holds
 * open. The pipe ends with this process; then the guard ends the PostgreSQL servers whose data lie in the folder
 * and the hubs that it was told of, and removes the folder.
 */
export async function makeGuardedFolder(prefix: string): Promise<GuardedFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  // PostgreSQL does not run as root: the user that it runs as must be able to pass through to its folder.
  await chmod(path, 0o711)
  // Detached, so that Ctrl-C in the terminal does not end it together with this process.
  const script = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, [script, path], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return {
    path,
    guardHub: (pid) => void child.stdin.write(`${pid}\n`),
    async remove() {
      child.kill()
      await rm(path, { recursive: true, force: true })
    },
  }
}

/**
 * The programs of another PostgreSQL than the packaged one, which BELLHOP_TEST_POSTGRES_BIN names by their folder, for
 * tests and chaos runs.
 */
export function readChosenBinaries(): { binaries?: { initdb: string; pg_ctl: string } } {
  const folder = process.env.BELLHOP_TEST_POSTGRES_BIN
  return folder ? { binaries: { initdb: join(folder, 'initdb'), pg_ctl: join(folder, 'pg_ctl') } } : {}
}

/** What the guard does: waits until its standard input ends, then clears up below `place`. */
async function clearUpAfterParent(place: string): Promise<void> {
  let told = ''
  for await (const chunk of process.stdin) told += chunk
  for (const pid of told.split('\n').map(Number)) if (pid > 1 && isHub(pid)) endWithGroup(pid)
  // A child of the dead process that has not noticed yet may still be starting a server: five quiet looks in a row.
  for (let quiet = 0; quiet < 5; quiet++) {
    const left = await findServers(place)
    for (const pid of left) {
      quiet = 0
      // PostgreSQL's immediate shutdown: these data are not needed again.
      end(pid, 'SIGQUIT')
    }
    await sleep(200)
  }
  for (const path of [...(await findFoldersElsewhere(place)), place]) await rm(path, { recursive: true, force: true })
}

async function findServers(place: string): Promise<number[]> {
  const homes = [place, ...(await findFoldersElsewhere(place))]
  const files = (await Promise.all(homes.map((home) => findFiles(home, 'postmaster.pid')))).flat()
  return files.map((file) => Number(read(file).split('\n')[0])).filter((pid) => pid > 1 && isServer(pid))
}

/** Where a server keeps its data or its socket, if they cannot lie in the folder itself. */
async function findFoldersElsewhere(place: string): Promise<string[]> {
  const notes = [...(await findFiles(place, 'location')), ...(await findFiles(place, 'socket-folder'))]
  return notes.map((file) => read(file).trim()).filter((path) => /^\/.*bellhop/.test(path))
}

async function findFiles(folder: string, name: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [])
  return paths.filter((path) => basename(path) === name).map((path) => join(folder, path))
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function isServer(pid: number): boolean {
  return process.platform !== 'linux' || / \(postgres\) [^ZX]/.test(` ${read(`/proc/${pid}/stat`)}`)
}

/** By now the id may belong to another process. */
function isHub(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return /(?:src\/node|lab\/suite\/node-hub)\.ts|wrangler-dist\/cli\.js/.test(stdout)
}

/** A Worker's process leads a group, in which workerd is; a hub's does not. */
function endWithGroup(pid: number): void {
  end(-pid, 'SIGKILL')
  end(pid, 'SIGKILL')
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

if (import.meta.main) await clearUpAfterParent(process.argv[2] ?? '')
