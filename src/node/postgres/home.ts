import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../../core/errors.ts'
import type { PostgresBinaries } from './binaries.ts'
import { ensureReachableBinaries } from './binaries.ts'
import { noteFolder, sharedFolder } from './shared-folder.ts'
import { prepareSocketFolder } from './socket-folder.ts'
import type { SystemUser } from './system.ts'
import { makeOwnedFolder, readIfPresent, runProgram, writeOnce } from './system.ts'

/** Where one folder's server lives. `server` and all below it belong to the user the server runs as. */
export type PostgresHome = {
  folder: string
  server: string
  data: string
  log: string
  socketFolder: string
  password: string
  user: SystemUser | undefined
  binaries: PostgresBinaries
}

/**
 * Prepares `.bellhop/` (0700) and what belongs to the server in it. Safe to run in two processes at once.
 *
 * PostgreSQL refuses to run as root: then an unprivileged user does. If that user cannot reach the folder, the server
 * lives in /var/lib/bellhop, noted in `.bellhop/location`; the modes of the folders above are never touched.
 */
export async function prepareHome({
  folder: given,
  binaries,
}: {
  folder: string
  binaries: PostgresBinaries
}): Promise<PostgresHome> {
  // In two steps: the mode would go to the folders above as well.
  await mkdir(dirname(given), { recursive: true })
  await mkdir(given, { recursive: true, mode: 0o700 })
  const folder = await realpath(given)
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? await unprivilegedUser(folder) : undefined
  if (!isRoot) await closeOwnFolder(folder)
  const home = user ? await findHome(user, folder) : folder
  if (home !== folder) await noteFolder(home, folder)
  const server = await makeOwnedFolder(join(home, 'postgres'), user)
  return {
    folder,
    server,
    data: join(server, 'data'),
    log: join(server, 'postgres.log'),
    socketFolder: await prepareSocketFolder({ folder, server, user }),
    password: await writeOnce(join(folder, 'password'), randomBytes(24).toString('base64url')),
    user,
    binaries: await ensureReachableBinaries({ binaries, user, folder: home }),
  }
}

async function closeOwnFolder(folder: string): Promise<void> {
  const { uid } = await stat(folder)
  if (uid === process.getuid?.()) return chmod(folder, 0o700)
  throw new UsageError({
    what: `The folder ${folder} cannot be used for the embedded PostgreSQL.`,
    why: 'It belongs to another user, most likely because the hub ran as root before.',
    fix: 'Run the hub as that user again, give it another folder, or set DATABASE_URL.',
  })
}

/** The user who owns the data runs the server; a new folder goes to `postgres` if that user exists, else to `nobody`. */
async function unprivilegedUser(folder: string): Promise<SystemUser> {
  const home = (await readIfPresent(join(folder, 'location'))) ?? folder
  for (const path of [join(home, 'postgres'), folder]) {
    const owner = await stat(path).catch(() => undefined)
    if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([runProgram('id', ['-u', name]), runProgram('id', ['-g', name])])
    if (uid.ok && gid.ok) return { name, uid: Number(uid.output), gid: Number(gid.output) }
  }
  throw new UsageError({
    what: 'The embedded PostgreSQL cannot start.',
    why: 'PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`.',
    fix: 'Run the hub as an ordinary user, add a system user `postgres`, or set DATABASE_URL.',
  })
}

async function findHome(user: SystemUser, folder: string): Promise<string> {
  const noted = await readIfPresent(join(folder, 'location'))
  if (noted) return noted
  if (await letIn(user, folder)) return folder
  if (await stat(join(folder, 'postgres', 'data')).catch(() => undefined)) {
    // Moving on to a new place would start an empty journal beside the old one.
    throw new UsageError({
      what: `The embedded database in ${folder} cannot be opened.`,
      why: `PostgreSQL runs as ${user.name} here, and that user can no longer reach the folder.`,
      fix: 'Let that user pass the folders above it again, as when the database was made, or set DATABASE_URL.',
    })
  }
  return writeOnce(join(folder, 'location'), await unusedLocation(folder, user))
}

/** Lets the server's group pass through `.bellhop` (not list it), and tells whether that user now gets there. */
async function letIn(user: SystemUser, folder: string): Promise<boolean> {
  const { uid } = await stat(folder)
  if (uid === 0) {
    await chown(folder, 0, user.gid)
    await chmod(folder, 0o710)
  }
  const { ok } = await runProgram('test', ['-x', folder], { user })
  if (uid === 0 && !ok) await chmod(folder, 0o700)
  return ok
}

async function unusedLocation(folder: string, user: SystemUser): Promise<string> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 })
  for (let number = 1; ; number++) {
    const path = join(sharedFolder, number === 1 ? hash : `${hash}-${number}`)
    await mkdir(path, { recursive: true, mode: 0o700 })
    // An older database here was another `.bellhop`'s, since removed: its password went with it.
    const inUse = await stat(join(path, 'postgres', 'data')).catch(() => undefined)
    if (!inUse && (await letIn(user, path))) return path
    if (!inUse) break
  }
  throw new UsageError({
    what: 'The embedded PostgreSQL has no place to live.',
    why: `It runs as ${user.name}, which can reach neither ${folder} nor ${sharedFolder}.`,
    fix: 'Run the hub as an ordinary user, start it in a folder that user can reach, or set DATABASE_URL.',
  })
}
