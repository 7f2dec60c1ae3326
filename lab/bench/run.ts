import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Server, startServer } from './database.ts'
import { type PartName, partNames, parts, type WholePace } from './parts.ts'
import { formatTables } from './report.ts'
import { writeDocs } from './write-docs.ts'

const usage = `npm run bench -- [--quick] [--only ${partNames.join('|')}]
             [--rounds <n>] [--seconds <n>] [--rows <n>]
             -- --write-docs

Measures the hub against a bare echo and against single commits, within one run: only ratios mean anything.
  --quick    a few hundred requests each: shows that the bench works, and nothing about speed
  --only     one part of it
  --rounds   how often every contender has its turn (15; edge: 6)
  --write-docs  writes the last numbers of each part into docs/bench.md, and draws docs/bench/*.svg: measures nothing
  --seconds  how long a turn lasts (1; edge: 5): short, for a shared machine is slower in one second than in the next
  --rows     how many events and deliveries the grown journal has (5,000,000; 15 GB and many minutes; lists: 1,000,000)
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

const standard: WholePace = {
  connections: 64,
  warmUpSeconds: 5,
  rounds: 15,
  seconds: 1,
  loneRequests: 1000,
  warmUp: 150,
  hooks: 750,
  hooksPerSecond: 50,
  waiting: 10_000,
  batchRows: 10_000,
  leavers: 10,
  growthRows: 5_000_000,
  growthRounds: 5,
  growthHooks: 2000,
  growthReads: 10,
  replayRows: 100_000,
  replayKillEvery: 10_000,
  replayBudget: 400,
  replayPatienceSeconds: 180,
  listRows: 1_000_000,
  listAsks: 100,
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
  batchRows: 200,
  leavers: 2,
  growthRows: 5000,
  growthRounds: 1,
  growthHooks: 100,
  growthReads: 2,
  replayRows: 2000,
  replayKillEvery: 500,
  listRows: 20_000,
  listAsks: 5,
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
const results = new URL('results/', import.meta.url)
const pace = { ...standard, ...(given.quick ? quick : {}) }
if (given.rounds) pace.rounds = pace.drainRounds = pace.growthRounds = pace.edgeRounds = Number(given.rounds)
if (given.seconds) pace.seconds = pace.edgeSeconds = Number(given.seconds)
if (given.rows) pace.growthRows = pace.listRows = Number(given.rows)

if (given.help) process.stdout.write(usage)
else if (given.only !== undefined && !(partNames as readonly string[]).includes(given.only)) {
  process.stderr.write(`--only ${given.only} is no part of the bench: they are ${partNames.join(', ')}.\n`)
  process.exitCode = 1
} else if (given['write-docs']) {
  const written = await writeDocs(results)
  process.stdout.write(`Written to docs/bench.md: ${written.join(', ') || 'nothing'}\n`)
} else await measure()

function isWanted(part: PartName): boolean {
  return given.only === undefined || given.only === part
}

async function measure(): Promise<void> {
  const server = await startServer()
  try {
    for (const name of partNames) if (isWanted(name)) await measurePart(name, server)
  } finally {
    await server.close()
  }
}

/** Each part has a file of its own, written as soon as it is measured, so that what was run apart stands together. */
async function measurePart<N extends PartName>(name: N, server: Server): Promise<void> {
  const at = new Date().toISOString()
  const machine = { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', loadAverage }
  const measured = await parts[name].measure(server, pace)
  process.stdout.write(formatTables(parts[name].listTables(measured)))
  await mkdir(results, { recursive: true })
  const facts = { at, quick: given.quick, pace, machine, measured }
  await writeFile(new URL(`${name}.json`, results), `${JSON.stringify(facts, null, 2)}\n`)
  process.stdout.write(`\nWritten to lab/bench/results/${name}.json\n`)
}
