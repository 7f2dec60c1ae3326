import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { passCompileCache } from './compile-cache.ts'

export type HubProcess = {
  url: string
  pid: number
  /** The last lines of its log, for when something went wrong. */
  log: readonly string[]
  /** Ends it as an operator would; resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const hubFile = fileURLToPath(new URL('../src/node.ts', import.meta.url))
const logLinesKept = 200

type HubQuestion = {
  env: Record<string, string>
  cwd: string
  /** The file that starts the hub; left out: this tree's. */
  file?: string
  /** Gets the process's id at once, so that a guard can end it if this process dies meanwhile. */
  onSpawn?: (pid: number) => void
}

/**
 * Starts the real hub as a process of its own and waits until it is ready. It gets the given environment and nothing
 * of this one but the path and the compile cache: no DATABASE_URL, no vendor's variable. No balancer needs time to hear that it ends.
 */
export async function startHubProcess({ env, cwd, file = hubFile, onSpawn }: HubQuestion): Promise<HubProcess> {
  const child = spawn(process.execPath, [file], {
    cwd,
    env: { PATH: process.env.PATH ?? '', PORT: '0', HUB_DRAIN_SECONDS: '0', ...passCompileCache(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid) onSpawn?.(child.pid)
  const log: string[] = []
  const keep = (line: string) => {
    log.push(line)
    if (log.length > logLinesKept) log.shift()
  }
  createInterface({ input: child.stderr }).on('line', keep)
  const url = await ready(child, keep).catch((thrown) => {
    child.kill('SIGKILL')
    throw new Error(`The hub did not start: ${thrown instanceof Error ? thrown.message : thrown}\n${log.join('\n')}`)
  })
  return {
    url,
    pid: child.pid ?? 0,
    log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill(signal)
      await once(child, 'exit')
      return child.exitCode
    },
  }
}

/** The hub says in its log where it listens, and when its connectors are loaded. */
function ready(child: ChildProcess, keep: (line: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) return reject(new Error('it has no output'))
    let url = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line)
      const said = parsed(line)
      if (said?.msg === 'Listening') url = `http://127.0.0.1:${said.port}`
      if (said?.msg === 'Ready') resolve(url)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)))
  })
}

function parsed(line: string): { msg?: string; port?: number } | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Finds a free port that stays free while no process listens there: below the range from which the system takes ports
 * for outgoing connections (Linux: net.ipv4.ip_local_port_range, from 32768). From within it, a connection could take the
 * port of a hub that was killed before the hub is back.
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(10_000, 32_768)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    await new Promise((resolve) => server.close(resolve))
    if (isFree) return port
  }
  throw new Error('No free port was found.')
}
