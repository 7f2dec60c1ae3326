import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startCluster } from './cluster.ts'
import { makeLuck } from './luck.ts'
import { play, type Result } from './play.ts'
import { markdownReport, textReport } from './report.ts'
import { scenarios } from './scenarios.ts'

const usage = `npm run chaos -- [options]

Breaks a real hub on a real PostgreSQL in every way we could think of, and counts what it cost.

  --rounds <n>          rounds of each scenario (5)
  --scenario <name>     only this one; may be given several times
  --lease-seconds <n>   the hub's lease (30); calls to vendors may last a third of it
  --quick               5 rounds with a lease of 3 s, as CI does
  --seed <n>            the same choices as another run; the moments still differ
  --json                the results as JSON on standard output
  --write-docs          write docs/reliability.md from this run

Scenarios: ${scenarios.map(({ name }) => name).join(', ')}`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scenario: { type: 'string', multiple: true },
    'lease-seconds': { type: 'string' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(`${usage}\n`)
else process.exitCode = await run()

async function run(): Promise<number> {
  const unknown = values.scenario?.filter((name) => !scenarios.some((one) => one.name === name)) ?? []
  const rounds = Number(values.rounds)
  const leaseSeconds = Number(values['lease-seconds'] ?? (values.quick ? 3 : 30))
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  if (unknown.length > 0 || ![rounds, leaseSeconds, seed].every((n) => Number.isFinite(n) && n >= 0)) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  const startedAt = Date.now()
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  say(`Seed ${seed}, ${rounds} rounds each, lease ${leaseSeconds} s`)
  const cluster = await startCluster()
  const results: Result[] = []
  try {
    for (const scenario of scenarios.filter(({ name }) => values.scenario?.includes(name) ?? true)) {
      results.push(await play({ cluster, scenario, rounds, leaseSeconds, luck: makeLuck(seed), say }))
    }
  } finally {
    await cluster.close()
  }
  const seconds = (Date.now() - startedAt) / 1000
  process.stdout.write(
    `${values.json ? JSON.stringify({ seed, rounds, leaseSeconds, seconds, results }, null, 2) : textReport(results)}\n`,
  )
  if (values['write-docs']) {
    const command = ['npm run chaos --', ...process.argv.slice(2)].join(' ')
    const circumstances = {
      command,
      rounds,
      leaseSeconds,
      seed,
      seconds,
      postgres: cluster.version,
      node: process.version,
    }
    await writeFile(new URL('../docs/reliability.md', import.meta.url), markdownReport(results, circumstances))
  }
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0
}
