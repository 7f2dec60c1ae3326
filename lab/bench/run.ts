import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type BulkheadPace, measureBulkheads } from './bulkheads.ts'
import { startServer } from './database.ts'
import { type DrainPace, measureDrain } from './drain.ts'
import { type EdgePace, measureEdge } from './edge.ts'
import { edgeTables } from './edge-tables.ts'
import { type GrowthPace, measureGrowth } from './growth.ts'
import { measureInline } from './inline.ts'
import { type LockoutPace, measureLockout } from './lockout.ts'
import { bulkheadTable, drainTables, growthTables, inlineTable, lockoutTables, throughputTables } from './report.ts'
import { measureThroughput, type Pace } from './throughput.ts'
import { writeDocs } from './write-docs.ts'

/** In the order in which they are measured. */
const parts = ['throughput', 'inline', 'lockout', 'bulkheads', 'drain', 'edge', 'growth'] as const

const usage = `npm run bench -- [--quick] [--only ${parts.join('|')}]
             [--rounds <n>] [--seconds <n>] [--rows <n>]
             -- --write-docs

Measures the hub against a bare echo and against single commits, within one run: only ratios mean anything.
  --quick    a few hundred requests each: shows that the bench works, and nothing about speed
  --only     one part of it
  --rounds   how often every contender has its turn (15; edge: 6)
  --write-docs  writes the last numbers of each part into docs/bench.md, and draws docs/bench/*.svg: measures nothing
  --seconds  how long a turn lasts (1; edge: 5): short, for a shared machine is slower in one second than in the next
  --rows     how many events and deliveries the grown journal has (5,000,000; it needs 15 GB and many minutes)
`

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    rows: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const standard: Pace & LockoutPace & BulkheadPace & GrowthPace & DrainPace & EdgePace = {
  connections: 64,
  warmUpSeconds: 5,
  rounds: 15,
  seconds: 1,
  loneRequests: 1000,
  warmUp: 150,
  hooks: 750,
  hooksPerSecond: 50,
  waiting: 10_000,
  leavers: 10,
  growthRows: 5_000_000,
  growthRounds: 5,
  growthHooks: 2000,
  growthReads: 10,
  drainPeople: 2000,
  drainRounds: 3,
  killPatienceSeconds: 60,
  edgeConnections: [20, 100],
  edgeRounds: 6,
  edgeSeconds: 5,
  edgeWarmUpHooks: 20,
  edgeHooks: 200,
  edgeHooksPerSecond: 2,
}
const quick = {
  warmUpSeconds: 0.2,
  rounds: 1,
  seconds: 0.3,
  loneRequests: 40,
  warmUp: 10,
  hooks: 40,
  waiting: 300,
  leavers: 2,
  growthRows: 5000,
  growthRounds: 1,
  growthHooks: 100,
  growthReads: 2,
  drainPeople: 60,
  drainRounds: 1,
  killPatienceSeconds: 40,
  edgeRounds: 1,
  edgeSeconds: 0.5,
  edgeWarmUpHooks: 2,
  edgeHooks: 8,
  edgeHooksPerSecond: 4,
}
/** Of the minute before the run: what else the machine had to do. */
const loadAverage = loadavg()[0] ?? 0
const pace = { ...standard, ...(given.quick ? quick : {}) }
if (given.rounds) pace.rounds = pace.drainRounds = pace.growthRounds = pace.edgeRounds = Number(given.rounds)
if (given.seconds) pace.seconds = pace.edgeSeconds = Number(given.seconds)
if (given.rows) pace.growthRows = Number(given.rows)

if (given.help) process.stdout.write(usage)
else if (given.only !== undefined && !(parts as readonly string[]).includes(given.only)) {
  process.stderr.write(`--only ${given.only} is no part of the bench: they are ${parts.join(', ')}.\n`)
  process.exitCode = 1
} else if (given['write-docs']) {
  const written = await writeDocs(new URL('results/', import.meta.url))
  process.stdout.write(`Written to docs/bench.md: ${written.join(', ') || 'nothing'}\n`)
} else await measure()

function isWanted(part: (typeof parts)[number]): boolean {
  return given.only === undefined || given.only === part
}

async function measure(): Promise<void> {
  const server = await startServer()
  try {
    const throughput = isWanted('throughput') ? await measureThroughput(server, pace) : null
    if (throughput) process.stdout.write(throughputTables(throughput))
    const inline = isWanted('inline') ? await measureInline(server, pace) : null
    if (inline) process.stdout.write(inlineTable(inline))
    const lockout = isWanted('lockout') ? await measureLockout(server, pace) : null
    if (lockout) process.stdout.write(lockoutTables(lockout))
    const bulkheads = isWanted('bulkheads') ? await measureBulkheads(server, pace) : null
    if (bulkheads) process.stdout.write(bulkheadTable(bulkheads))
    const drain = isWanted('drain') ? await measureDrain(server, pace) : null
    if (drain) process.stdout.write(drainTables(drain))
    const edge = isWanted('edge') ? await measureEdge(pace) : null
    if (edge) process.stdout.write(edgeTables(edge))
    const growth = isWanted('growth') ? await measureGrowth(server, pace) : null
    if (growth) process.stdout.write(growthTables(growth))
    await writeResults({ throughput, inline, lockout, bulkheads, drain, edge, growth })
  } finally {
    await server.close()
  }
}

/** One file for each part, so that parts that were run apart stand together on the page. */
async function writeResults(results: Record<string, unknown>): Promise<void> {
  const machine = { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', loadAverage }
  const facts = { at: new Date().toISOString(), quick: given.quick, pace, machine }
  const folder = new URL('results/', import.meta.url)
  await mkdir(folder, { recursive: true })
  for (const [part, measured] of Object.entries(results)) {
    if (measured === null) continue
    await writeFile(new URL(`${part}.json`, folder), `${JSON.stringify({ ...facts, measured }, null, 2)}\n`)
    process.stdout.write(`\nWritten to lab/bench/results/${part}.json\n`)
  }
}
