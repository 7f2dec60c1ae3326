import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../hub-process.ts'

export type WorkerProcess = {
  url: string
  /** Of wrangler, which is also the id of the process group that workerd is in. */
  pid: number
  /** The last lines that wrangler and the Worker wrote; the Worker's own are JSON texts. */
  log: readonly string[]
  /** Calls the cron once, and returns when the Worker is done with it. */
  tick(): Promise<void>
  /** Ends it as Ctrl-C would, and removes what it kept. */
  stop(): Promise<void>
  /** SIGKILL for workerd and wrangler at once: no request and no `waitUntil` goes on. */
  kill(): Promise<void>
}

export type WorkerQuestion = {
  /** The address of a PostgreSQL that listens on TCP: `postgres://user:password@127.0.0.1:5432/database`. */
  databaseUrl: string
  /** The Worker's variables and secrets. */
  vars: Record<string, string>
  /** The entry file, from the top of the repository; left out: the Worker that is deployed. */
  entry?: string
  /** A port to come back on after a kill; left out: a free one. */
  port?: number
  /** Where the folder of its own is made; left out: among the system's temporary ones. */
  place?: string
  /** Gets the id at once, so that a guard can end it if this process dies meanwhile. */
  onSpawn?: (pid: number) => void
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const wrangler = join(root, 'node_modules/wrangler/wrangler-dist/cli.js')
const logLinesKept = 400
const startSeconds = 60

/**
 * Starts `wrangler dev` as a process of its own, with workerd below it, and waits until the Worker answers. It reads
 * `wrangler.toml`, and of this process's environment nothing but the path. It calls nobody: no metrics, no look for
 * updates. What it keeps lies in a folder of its own, which is removed at its end.
 */
export async function startWorkerProcess(question: WorkerQuestion): Promise<WorkerProcess> {
  const {
    databaseUrl,
    vars,
    entry = 'src/cloudflare.ts',
    port = await findFreePort(),
    place = tmpdir(),
    onSpawn,
  } = question
  const folder = await mkdtemp(join(place, 'bellhop-worker-'))
  const envFile = join(folder, 'vars.env')
  await writeFile(envFile, formatVars(vars), { mode: 0o600 })
  const child = spawn(
    process.execPath,
    ['--no-warnings', wrangler, 'dev', entry, ...optionsOf({ folder, envFile, port })],
    { cwd: root, env: environmentOf({ folder, databaseUrl }), detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const pid = child.pid ?? 0
  if (pid) onSpawn?.(pid)
  const log = keepLog(child)
  const url = `http://127.0.0.1:${port}`
  const end = async (signal: NodeJS.Signals) => {
    await endGroup(child, signal)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await ready(url, child)
  } catch (thrown) {
    await end('SIGKILL')
    throw new Error(`The Worker did not start: ${thrown instanceof Error ? thrown.message : thrown}\n${log.join('\n')}`)
  }
  return {
    url,
    pid,
    log,
    async tick() {
      const answer = await fetch(`${url}/cdn-cgi/handler/scheduled`)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`The cron answered ${answer.status}: ${text}`)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

type Place = { folder: string; envFile: string; port: number }

function optionsOf({ folder, envFile, port }: Place): string[] {
  return [
    ...['--config', join(root, 'wrangler.toml'), '--env-file', envFile, '--persist-to', join(folder, 'state')],
    ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--local', '--test-scheduled'],
    ...['--show-interactive-dev-session=false', '--log-level', 'log'],
  ]
}

function environmentOf({ folder, databaseUrl }: { folder: string; databaseUrl: string }): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    WRANGLER_LOG_PATH: join(folder, 'logs'),
    WRANGLER_REGISTRY_PATH: join(folder, 'registry'),
    WRANGLER_CACHE_DIR: join(folder, 'cache'),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl,
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  }
}

/** In single quotes nothing is special but the quote itself. */
function formatVars(vars: Record<string, string>): string {
  return Object.entries(vars)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('')
}

function quote(value: string): string {
  const mark = ["'", '`', '"'].find((one) => !value.includes(one))
  if (mark === undefined) throw new Error('A variable with all three kinds of quotes cannot be handed to wrangler.')
  return `${mark}${value}${mark}`
}

function keepLog(child: ChildProcess): string[] {
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line)
      if (log.length > logLinesKept) log.shift()
    })
  }
  return log
}

/** Any answer will do: a Worker that is not configured answers 503. */
async function ready(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + startSeconds * 1000
  for (;;) {
    const isUp = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) }).then(
      () => true,
      () => false,
    )
    if (isUp) return
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended by itself')
    if (Date.now() > until) throw new Error(`it did not answer within ${startSeconds} s`)
    await sleep(100)
  }
}

/** Ends every process of the group, and waits until all of them are gone. */
async function endGroup(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const group = -(child.pid ?? 0)
  if (group === 0) return
  sendTo(group, signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  for (let tries = 0; tries < 100 && sendTo(group, 0); tries++) {
    if (tries === 50) sendTo(group, 'SIGKILL')
    await sleep(20)
  }
}

/** False: the group has no process left. */
function sendTo(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(group, signal)
    return true
  } catch {
    return false
  }
}
