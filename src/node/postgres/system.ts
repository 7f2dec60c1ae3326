import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, link, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { errorMessage } from '../../core/errors.ts'

/** Whom a program runs as; absent means as ourselves. */
export type SystemUser = { name: string; uid: number; gid: number }

export type ProgramResult = { ok: boolean; output: string }

/**
 * Runs a program to its end and returns what it said; never throws, so that the caller can explain a failure.
 * The environment is a clean one: the operator's PGDATA, PGPORT or LANG must not steer our own server.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { user, cwd = '/' }: { user?: SystemUser | undefined; cwd?: string } = {},
): Promise<ProgramResult> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
  const identity = user ? { uid: user.uid, gid: user.gid } : {}
  return new Promise((resolve) => {
    execFile(program, args, { env, cwd, ...identity }, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim()
      resolve({ ok: error === null, output: said || (error === null ? '' : errorMessage(error)) })
    })
  })
}

/**
 * Whether this pid is a PostgreSQL server working on this data folder.
 * A zombie counts as dead: after a SIGKILL to a whole group it can keep its pid for seconds, or for ever when no process
 * reaps it, and it answers `kill(pid, 0)` all the while. So does a stranger that was given the pid after a reboot.
 */
export async function isServerProcess(pid: number, dataFolder: string): Promise<boolean> {
  const found = (await readProc(pid)) ?? (await askPs(pid))
  if (!found || found.state.startsWith('Z') || found.state.startsWith('X')) return false
  if (!found.name.endsWith('postgres')) return false
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => dataFolder)
  return workingFolder === dataFolder
}

type Found = { state: string; name: string }

async function readProc(pid: number): Promise<Found | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = stat.match(/^\d+ \((.*)\) (\w)/s) ?? []
  return name !== undefined && state !== undefined ? { name, state } : undefined
}

async function askPs(pid: number): Promise<Found | undefined> {
  // A process that Linux does not list is gone; only systems without /proc need to ask `ps`.
  if (process.platform === 'linux') return undefined
  const { ok, output } = await runProgram('ps', ['-o', 'stat=,comm=', '-p', String(pid)])
  const [state, ...name] = output.trim().split(/\s+/)
  return ok && state ? { state, name: name.join(' ') } : undefined
}

/** Reads a small text file; `undefined` when there is none. */
export async function readIfPresent(file: string): Promise<string | undefined> {
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
export async function makeOwnedFolder(path: string, user: SystemUser | undefined): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (user) await chown(path, user.uid, user.gid)
  await chmod(path, 0o700)
  return path
}
