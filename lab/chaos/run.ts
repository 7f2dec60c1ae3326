import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { fillCompileCache } from '../compile-cache.ts'
import { makeGuardedFolder } from '../guarded-folder.ts'
import { writePage } from './page.ts'
import { prove } from './prove.ts'
import { readCommit } from './read-commit.ts'
import { renderReport } from './report.ts'
import { scenarios } from './scenarios.ts'
import { playSideBySide } from './side-by-side.ts'
import { joinResults, openKeptFile, splitIntoTasks } from './tasks.ts'
import { touched } from './touched.ts'

const usage = `npm run chaos -- [options]

Breaks a real hub on a real PostgreSQL in every way we could think of, and counts what it cost.

  --rounds <n>          rounds of each scenario (5; with --quick 2, and 5 of the touched ones)
  --scenario <name>     only this one; may be given several times
  --lease-seconds <n>   the hub's lease (30); calls to vendors may last a third of it
  --quick               as CI does: a lease of 3 s, 2 rounds of each scenario, and 5 of those that the last change touched:
                        ${[...touched].join(', ')}
  --side-by-side <n>    stages at once, each with its own PostgreSQL (1): a scenario, or a part of its rounds; about one for
                        each free processor with a short lease, four with the real one, where a round mostly waits
  --minutes <n>         end after so long; what was not played then is a failure
  --keep <file>         write what was played and judged into this file at once, every 10 rounds of a scenario (3 with a
                        lease of 10 s or more), with its commit; the same command with the same --seed plays the rest
  --seed <n>            the same choices as another run; the moments still differ
  --quiet               no line for each round
  --json                the results as JSON on standard output
  --markdown <file>     write the results into this page, in the place of the last ones with the same lease and as many
                        stages at once
  --prove               instead: break each thing that is counted, and see that it is counted

Scenarios: ${scenarios.map(({ name }) => name).join(', ')}`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    scenario: { type: 'string', multiple: true },
    'lease-seconds': { type: 'string' },
    quick: { type: 'boolean', default: false },
    'side-by-side': { type: 'string', default: '1' },
    minutes: { type: 'string', default: String(7 * 24 * 60) },
    seed: { type: 'string' },
    keep: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    prove: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const say = (line: string) => void process.stderr.write(`${line}\n`)

if (values.help) process.stdout.write(`${usage}\n`)
else if (values.prove) process.exitCode = await prove(say)
else process.exitCode = await run()

async function run(): Promise<number> {
  const names = scenarios.map(({ name }) => name)
  const chosen = values.scenario ?? names
  const rounds = Number(values.rounds ?? 5)
  const roundsOf = (name: string) => (values.quick && !values.rounds && !touched.has(name) ? 2 : rounds)
  const width = Number(values['side-by-side'])
  const minutes = Number(values.minutes)
  const leaseSeconds = Number(values['lease-seconds'] ?? (values.quick ? 3 : 30))
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const numbers = [rounds, width, minutes, leaseSeconds]
  if (chosen.some((name) => !names.includes(name)) || !numbers.every((n) => n > 0) || !Number.isInteger(seed)) {
    say(usage)
    return 2
  }
  const startedAt = Date.now()
  say(`Seed ${seed}, lease ${leaseSeconds} s`)
  const loads = [load()]
  const tasks = splitIntoTasks(chosen, { roundsOf, leaseSeconds, seed })
  const kept = await openKeptFile(values.keep, tasks)
  const commit = readCommit()
  const compiled = await makeGuardedFolder('bellhop compiled ')
  await fillCompileCache(compiled.path)
  const parts = await playSideBySide({
    tasks,
    width,
    minutes,
    kept,
    commit,
    say: values.quiet ? () => {} : say,
    tellLog: say,
  })
  await compiled.remove()
  const played = { ...parts, results: joinResults(parts.results) }
  loads.push(load())
  const circumstances = {
    command: ['npm run chaos --', ...process.argv.slice(2)].join(' '),
    date: new Date(startedAt).toISOString().slice(0, 10),
    rounds: describeRounds(chosen.map(roundsOf)),
    leaseSeconds,
    seed,
    width,
    seconds: (Date.now() - startedAt) / 1000,
    kept: {
      rounds: kept.parts.reduce((sum, { result }) => sum + result.rounds, 0),
      seconds: kept.parts.reduce((sum, { seconds }) => sum + seconds, 0) / width,
    },
    commits: [...new Set([...kept.parts.map((part) => part.commit), commit])],
    postgres: played.postgres,
    node: process.version,
    processors: availableParallelism(),
    loads,
  }
  const report = values.json
    ? JSON.stringify({ circumstances, ...played }, null, 2)
    : renderReport(played, circumstances)
  process.stdout.write(`${report}\n`)
  if (values.markdown) await writePage(values.markdown, played, circumstances)
  return played.failures.length > 0 || played.results.some(({ findings }) => findings.length > 0) ? 1 : 0
}

function describeRounds(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? `${most} rounds` : `${least} to ${most} rounds`
}

/** Of the last five minutes: what else the machine had to do, along with this. */
function load(): number {
  return loadavg()[1] ?? 0
}
