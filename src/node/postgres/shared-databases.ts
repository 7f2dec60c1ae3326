import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { readPidFile } from './cluster.ts'
import { readNotedFolders, sharedFolder } from './shared-folder.ts'
import { isServerProcess, readIfPresent, runProgram } from './system.ts'

/** The names that the hub gives there: a hash of the folder's path, and a number if that was taken. */
const ownName = /^[0-9a-f]{16}(-\d+)?$/

/**
 * What stands there:
 * - `in_use`: a folder that it belongs to points to it, or cannot be read just now;
 * - `gone`: each folder that it belonged to is gone, or has another database since;
 * - `running`: the same, and its server runs on;
 * - `unknown`: an older version did not note whose it is;
 * - `closed`: only root can look;
 * - `foreign`: not the hub's, or a link.
 */
export type SharedKind = 'in_use' | 'gone' | 'running' | 'unknown' | 'closed' | 'foreign'

export type SharedDatabase = {
  path: string
  kind: SharedKind
  folders: string[]
  /** What it takes on the disk, without what links lead to. */
  bytes: number
  /** ISO time of its last start or stop; null: it was never started. */
  usedAt: string | null
}

/**
 * Lists what embedded databases have left in the shared folder, for `doctor` and `clean` alike. `own`: this hub's own
 * `.bellhop`, which may be of an older version that noted nothing. No link is followed.
 */
export async function listSharedDatabases({
  own,
  shared = sharedFolder,
}: {
  own: string
  shared?: string
}): Promise<SharedDatabase[]> {
  if (!(await isFolder(shared))) return []
  const names = await readdir(shared).catch(() => [])
  return Promise.all(names.toSorted().map((name) => examine(join(shared, name), resolve(own))))
}

async function examine(path: string, own: string): Promise<SharedDatabase> {
  const nothing = { path, folders: [], bytes: 0, usedAt: null }
  if (!ownName.test(basename(path)) || !(await isFolder(path))) return { ...nothing, kind: 'foreign' }
  try {
    const server = await lstat(join(path, 'postgres')).catch(ignoreMissing)
    if (server && !server.isDirectory()) return { ...nothing, kind: 'foreign' }
    const folders = await readNotedFolders(path)
    const usedAt = (await lstat(join(path, 'postgres', 'data')).catch(ignoreMissing))?.mtime.toISOString() ?? null
    const found = { path, folders, bytes: await measure(path), usedAt }
    for (const folder of [...folders, own]) if (await pointsTo(folder, path)) return { ...found, kind: 'in_use' }
    if (folders.length === 0) return { ...found, kind: 'unknown' }
    return { ...found, kind: (await isRunning(path)) ? 'running' : 'gone' }
  } catch (thrown) {
    if (codeOf(thrown) === 'EACCES') return { ...nothing, kind: 'closed' }
    throw thrown
  }
}

/** A folder that cannot be read, on a share that is away for instance, may still need its database. */
async function pointsTo(folder: string, path: string): Promise<boolean> {
  try {
    return (await readIfPresent(join(folder, 'location'))) === path
  } catch (thrown) {
    return codeOf(thrown) !== 'ENOTDIR'
  }
}

/**
 * Removes a database. What belongs to the server's user is removed as that user: were root to do it, that user could
 * put a link in its way and have root follow it.
 * @throws Error with what could not be removed
 */
export async function removeSharedDatabase({ path }: Pick<SharedDatabase, 'path'>): Promise<void> {
  if (await isRunning(path)) throw new Error(`A server runs on ${path}.`)
  const server = join(path, 'postgres')
  const owner = await lstat(server).catch(ignoreMissing)
  if (owner) {
    const names = await readdir(server)
    const user = owner.uid === 0 ? undefined : { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid }
    const args = ['-rf', '--', ...names.map((name) => `./${name}`)]
    const removed = await runProgram('rm', args, { user, cwd: server })
    if (!removed.ok) throw new Error(`${server} could not be removed: ${removed.output}`)
    await rmdir(server)
  }
  await rm(path, { recursive: true })
}

async function isRunning(path: string): Promise<boolean> {
  const data = join(path, 'postgres', 'data')
  const seen = await readPidFile({ data })
  return seen !== undefined && isServerProcess(seen.pid, data)
}

async function measure(path: string): Promise<number> {
  const found = await lstat(path).catch(ignoreMissing)
  if (!found) return 0
  const own = found.blocks * 512
  if (!found.isDirectory()) return own
  const names = await readdir(path).catch(() => [])
  let sum = own
  for (const name of names) sum += await measure(join(path, name))
  return sum
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true
}

function ignoreMissing(thrown: unknown): undefined {
  if (codeOf(thrown) === 'ENOENT') return undefined
  throw thrown
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}
