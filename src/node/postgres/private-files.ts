import { randomBytes } from 'node:crypto'
import { chmod, chown, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { SystemUser } from './run-program.ts'

/** Reads a small text file; `undefined` when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes a 0600 file that only the first writer creates, and returns what it holds.
 * Two hubs may start at the same moment: a hard link appears whole or not at all, so both read the same words.
 */
export async function writeOnce(file: string, text: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${text}\n`, { mode: 0o600 })
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft, { force: true })
  return (await readFile(file, 'utf8')).trim()
}

/** A 0700 folder, made if need be, that belongs to `user` (to ourselves if absent). */
export async function ownedFolder(path: string, user: SystemUser | undefined): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (user) await chown(path, user.uid, user.gid)
  await chmod(path, 0o700)
  return path
}
