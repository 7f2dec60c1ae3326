import { type Cluster, startCluster } from './cluster.ts'
import type { Result } from './judge.ts'
import { makeLuck } from './luck.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

/** What the run asks of a worker, one after the other. */
export type Task = { scenario: string; rounds: number; leaseSeconds: number; seed: number }
export type Report =
  | { kind: 'said'; line: string }
  | { kind: 'logged'; line: string }
  | { kind: 'played'; result: Result; postgres: string }
  | { kind: 'broke'; error: string }

/** A process of its own for each stage that is played side by side: its own tenants, its own PostgreSQL. */
let cluster: Cluster | undefined
const tell = (report: Report) => void process.send?.(report)

process.on('message', (task: Task) => {
  void perform(task).catch((thrown) => {
    tell({ kind: 'logged', line: String(thrown?.stack ?? thrown) })
    tell({ kind: 'broke', error: String(thrown?.message ?? thrown).split('\n')[0] ?? '' })
  })
})
// The run is over, or gone. The server, and a hub that still runs, are ended by the guard (guarded-folder.ts).
process.on('disconnect', () => process.exit())

async function perform({ scenario: name, rounds, leaseSeconds, seed }: Task): Promise<void> {
  const scenario = scenarios.find((one) => one.name === name)
  if (!scenario) throw new Error(`There is no scenario ${name}.`)
  cluster ??= await startCluster()
  const say = (line: string) => tell({ kind: 'said', line })
  const tellLog = (line: string) => tell({ kind: 'logged', line })
  const result = await play({ cluster, scenario, rounds, leaseSeconds, luck: makeLuck(seed), say, tellLog })
  tell({ kind: 'played', result, postgres: cluster.version })
}
