import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SystemUser } from './system.ts'
import { makeOwnedFolder, readIfPresent, writeOnce } from './system.ts'

/** The kernel's limit for the path of a Unix socket, without its closing zero byte. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103

/** The socket itself inside its folder, as `postgres()` takes it: PostgreSQL names it after the port. */
export function socketPath(socketFolder: string): string {
  return join(socketFolder, '.s.PGSQL.5432')
}

/**
 * The 0700 folder that holds the socket: beside the data, or, where that path is too long for the kernel,
 * a temporary folder noted in `.bellhop/socket-folder`.
 */
export async function prepareSocketFolder({
  folder,
  server,
  user,
}: {
  folder: string
  server: string
  user: SystemUser | undefined
}): Promise<string> {
  const beside = join(server, 'socket')
  if (fits(beside)) return makeOwnedFolder(beside, user)
  const record = join(folder, 'socket-folder')
  const noted = await readIfPresent(record)
  if (noted && (await isOurs(noted, user))) return makeOwnedFolder(noted, user)
  if (noted) await rm(record, { force: true })
  const base = !user && fits(join(tmpdir(), 'bellhop-123456')) ? tmpdir() : '/tmp'
  return makeOwnedFolder(await writeOnce(record, await mkdtemp(join(base, 'bellhop-'))), user)
}

/** A clean-up of /tmp may have taken the folder: made again here, unless a stranger put something in its place. */
async function isOurs(path: string, user: SystemUser | undefined): Promise<boolean> {
  await mkdir(path, { mode: 0o700 }).catch(() => undefined)
  const found = await lstat(path).catch(() => undefined)
  return found?.isDirectory() === true && [user?.uid, process.getuid?.()].includes(found.uid)
}

function fits(socketFolder: string): boolean {
  return Buffer.byteLength(socketPath(socketFolder)) <= longestSocketPath
}
