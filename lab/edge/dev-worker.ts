import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../connectors/index.ts'
import { errorMessage } from '../../src/core/errors.ts'
import { sources } from '../../src/sources/index.ts'
import { startCluster } from '../chaos/cluster.ts'
import { makeGuardedFolder } from '../guarded-folder.ts'
import { migrateDatabase } from './migrate-database.ts'
import { playStory } from './play-story.ts'
import { startWorkerProcess } from './worker-process.ts'

/**
 * Runs the hub in workerd, by `wrangler dev`, offline.
 * Usage: npm run dev:worker [-- --demo [--once]]
 * It takes the settings of the environment, and the PostgreSQL of DATABASE_URL; without that one of its own, which
 * listens on 127.0.0.1 and is gone at the end. `--demo` tells the demo's story with the simulated tenants instead, on
 * nobody's settings and database; `--once` ends it then.
 */
const args = process.argv.slice(2)
const unknown = args.find((arg) => !['--demo', '--once'].includes(arg))
const isDemo = args.includes('--demo')
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'))
})

try {
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}: there are --demo and --once.`)
  process.exitCode = isDemo ? await runDemo() : await runWorker()
} catch (thrown) {
  process.stderr.write(`${errorMessage(thrown)}\n`)
  process.exitCode = 1
}

async function runDemo(): Promise<number> {
  const cluster = await startCluster()
  try {
    await cluster.create('bellhop')
    const databaseUrl = cluster.url('bellhop')
    await migrateDatabase(databaseUrl)
    const end = args.includes('--once') ? null : interrupted
    const story = playStory({ databaseUrl, onSpawn: cluster.guardHub, interrupted: end })
    return (await story) ? 0 : 1
  } finally {
    await cluster.close()
  }
}

async function runWorker(): Promise<number> {
  const { DATABASE_URL: given } = process.env
  const cluster = given ? null : await startCluster()
  const guard = cluster ?? (await makeGuardedFolder('bellhop-dev-worker-'))
  try {
    await cluster?.create('bellhop')
    const databaseUrl = cluster?.url('bellhop') ?? given ?? ''
    await migrateDatabase(databaseUrl)
    const worker = await startWorkerProcess({ databaseUrl, vars: takeSettings(), onSpawn: guard.guardHub })
    process.stdout.write(`The Worker listens at ${worker.url}, on ${describe(given)}. Ctrl-C ends it.\n`)
    const shown = showLog(worker.log)
    const ticks = setInterval(() => void worker.tick().catch(() => {}), 60_000)
    await interrupted
    clearInterval(ticks)
    shown.end()
    await worker.stop()
    return 0
  } finally {
    await ('close' in guard ? guard.close() : guard.remove())
  }
}

function describe(given: string | undefined): string {
  return given ? 'the PostgreSQL of DATABASE_URL' : 'a PostgreSQL of its own, which is gone at its end'
}

/** What is the hub's or a vendor's in the environment; what administrators install with never reaches a hub. */
function takeSettings(): Record<string, string> {
  const ids = ['hub', ...sources.map(({ kind }) => kind), ...connectors.map(({ id }) => id)]
  const form = new RegExp(`^(?:${ids.join('|').replaceAll('-', '_').toUpperCase()})(?:_|$)`)
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value && form.test(name) && !name.includes('_ADMIN_') ? [[name, value]] : [],
    ),
  )
}

/** The process keeps the last lines of its log: what is new among them is written out. */
function showLog(log: readonly string[]): { end(): void } {
  let isOver = false
  let last: string | undefined
  const show = async () => {
    while (!isOver) {
      const lines = log.slice(last === undefined ? 0 : log.lastIndexOf(last) + 1)
      for (const line of lines) process.stdout.write(`${line}\n`)
      last = log.at(-1)
      await sleep(200, undefined, { ref: false })
    }
  }
  void show()
  return {
    end() {
      isOver = true
    },
  }
}
