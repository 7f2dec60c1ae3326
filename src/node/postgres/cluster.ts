import { randomBytes } from 'node:crypto'
import { chown, link, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UsageError } from '../../core/errors.ts'
import type { PostgresHome } from './home.ts'
import type { ProgramResult } from './system.ts'
import { readIfPresent, runProgram, writeOnce } from './system.ts'

/** The database user, who owns everything in the embedded server, and the database of the hub. */
export const ownerName = 'bellhop'

/** What the server says about itself in `postmaster.pid`. */
type PidFile = { text: string; pid: number; socketFolder: string; ready: boolean }

export async function readPidFile(home: Pick<PostgresHome, 'data'>): Promise<PidFile | undefined> {
  const text = await readFile(pidFileOf(home), 'utf8').catch(() => '')
  // PostgreSQL docs: storage file layout, "postmaster.pid": pid, data, start, port, socket folder, host, memory, status.
  const [pid = '', , , , socketFolder = '', , , status = ''] = text.split('\n')
  return pid ? { text, pid: Number(pid), socketFolder, ready: status.trim() === 'ready' } : undefined
}

/**
 * Takes away the pid file of a server that is known to be dead.
 * If another process has put a living server's file there in the meantime, that file is put back at once:
 * a server that misses its pid file, which it looks for every minute, shuts itself down.
 */
export async function removeStalePidFile(home: PostgresHome, seen: PidFile): Promise<void> {
  const aside = `${pidFileOf(home)}.${makeTag()}`
  const moved = await rename(pidFileOf(home), aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  if ((await readFile(aside, 'utf8')) !== seen.text) await link(aside, pidFileOf(home)).catch(() => undefined)
  await rm(aside, { force: true })
}

/** Makes the data folder once. Two processes may try: each makes its own, and the first rename wins. */
export async function ensureData(home: PostgresHome, settings: Record<string, string>): Promise<void> {
  const marker = join(home.folder, 'created')
  if (await exists(home.data)) return void (await writeOnce(marker, 'The database of this folder has been made.'))
  if (await exists(marker)) {
    throw new UsageError({
      what: `The embedded database of ${home.folder} is gone.`,
      why: `It was made once, but ${home.data} is no longer there; beginning empty would forget everything in silence.`,
      fix: `Restore ${home.data} from a backup, or delete ${home.folder} to begin empty on purpose.`,
    })
  }
  await removeDrafts(home)
  const draft = `${home.data}.new-${makeTag()}`
  await initialise(home, { draft, settings })
  await rename(draft, home.data).catch(async (error) => {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(home.data))) throw error
  })
  await syncFolder(home.server)
  await writeOnce(marker, 'The database of this folder has been made.')
}

/** Starts the server. It fails harmlessly when another process was faster: PostgreSQL's own pid file decides. */
export async function startServer(home: PostgresHome, settings: Record<string, string>): Promise<ProgramResult> {
  await refuseOtherMajor(home)
  await rotateLog(home)
  await writeFor(home, { file: join(home.data, 'bellhop.conf'), text: formatConfiguration(home, settings) })
  // Relative paths: pg_ctl hands them to a shell, where a dollar sign in a folder's name would come to life.
  const args = ['start', '--wait', '--timeout=120', '--silent', '--pgdata=data', '--log=postgres.log']
  return runProgram(home.binaries.pg_ctl, args, { user: home.user, cwd: home.server })
}

/** A fast shutdown: sessions are ended, a checkpoint is written. Goes on by itself if it takes longer than 5 s. */
export function stopServer(home: PostgresHome): Promise<ProgramResult> {
  const args = ['stop', '--wait', '--timeout=5', '--silent', '--mode=fast', '--pgdata=data']
  return runProgram(home.binaries.pg_ctl, args, { user: home.user, cwd: home.server })
}

/** The last lines of the server's own log, for an error that has to say why. */
export async function readLogTail(home: PostgresHome): Promise<string> {
  const text = await readFile(home.log, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-5).join('\n')
}

async function initialise(
  home: PostgresHome,
  { draft, settings }: { draft: string; settings: Record<string, string> },
): Promise<void> {
  const passwordFile = join(home.server, `password.${makeTag()}`)
  await writeFor(home, { file: passwordFile, text: `${home.password}\n` })
  // Without --encoding and --locale a machine without LANG gets SQL_ASCII, which takes any bytes for text.
  const args = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${ownerName}`]
  const ours = [`--pwfile=${basename(passwordFile)}`, `--pgdata=${basename(draft)}`]
  const quick = settings.fsync === 'off' ? ['--no-sync'] : []
  const made = await runProgram(home.binaries.initdb, [...args, ...ours, ...quick], {
    user: home.user,
    cwd: home.server,
  })
  await rm(passwordFile, { force: true })
  if (!made.ok) {
    await rm(draft, { recursive: true, force: true })
    throw new UsageError({
      what: `The embedded PostgreSQL could not make its data folder ${home.data}.`,
      why: made.output,
      fix: 'Mend what initdb says above, or set DATABASE_URL to a PostgreSQL 15 or newer.',
    })
  }
  const own = await readFile(join(draft, 'postgresql.conf'), 'utf8')
  await writeFor(home, { file: join(draft, 'postgresql.conf'), text: `${own}\ninclude 'bellhop.conf'\n` })
}

function formatConfiguration(home: PostgresHome, settings: Record<string, string>): string {
  const all = {
    listen_addresses: '',
    port: '5432',
    // A list of folders, each in double quotes because of spaces and commas.
    unix_socket_directories: `"${home.socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '50',
    shared_buffers: '128MB',
    // A group of hooks and their answers does not wait for another's to be written.
    wal_buffers: '16MB',
    max_wal_size: '512MB',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    ...settings,
  }
  const quote = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quote(value)}`)
  return `# Written by Bellhop at every start; changes belong in postgresql.conf, below the include.\n${lines.join('\n')}\n`
}

async function refuseOtherMajor(home: PostgresHome): Promise<void> {
  const made = await readIfPresent(join(home.data, 'PG_VERSION'))
  const { output } = await runProgram(home.binaries.pg_ctl, ['--version'], { user: home.user })
  const major = output.match(/(\d+)/)?.[1]
  if (!made || !major || made === major) return
  throw new UsageError({
    what: `The embedded database in ${home.data} cannot be opened.`,
    why: `PostgreSQL ${made} made it, and PostgreSQL ${major} is installed now.`,
    fix: `Go back to the Bellhop that made it, dump it and restore it here, or set DATABASE_URL.`,
  })
}

async function rotateLog(home: PostgresHome): Promise<void> {
  const size = (await stat(home.log).catch(() => undefined))?.size ?? 0
  if (size > 10_000_000) await rename(home.log, `${home.log}.1`)
}

/** Data folders that a process killed during initdb left half made. */
async function removeDrafts(home: PostgresHome): Promise<void> {
  for (const name of await readdir(home.server)) {
    const maker = name.match(/^data\.new-(\d+)-/)?.[1]
    if (maker && !isAlive(Number(maker))) await rm(join(home.server, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function writeFor(home: PostgresHome, { file, text }: { file: string; text: string }): Promise<void> {
  const draft = `${file}.${makeTag()}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  if (home.user) await chown(draft, home.user.uid, home.user.gid)
  await rename(draft, file)
}

/** The rename must outlive a power cut as well as the data does. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** Names a draft after its maker, so that a dead maker's drafts can be told from a living one's. */
function makeTag(): string {
  return `${process.pid}-${randomBytes(4).toString('hex')}`
}

function pidFileOf(home: Pick<PostgresHome, 'data'>): string {
  return join(home.data, 'postmaster.pid')
}
