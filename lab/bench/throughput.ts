import { setTimeout as sleep } from 'node:timers/promises'
import type { ContenderOptions, ContenderState } from './contender.ts'
import type { Server } from './database.ts'
import type { LoadAnswer, LoadQuestion } from './load.ts'
import { findSpread, median, rotate } from './measures.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

type Name = 'echo' | 'single' | 'hub' | 'singleRouted' | 'hubRouted' | 'hubDrained'
type Contender = { name: Name; port: number; worker: WorkerProcess }

export type Pace = { connections: number; warmUpSeconds: number; rounds: number; seconds: number; loneRequests: number }

type Answer = LoadAnswer & { processorUs: number }

/** `processorUs`: of one event, in the contender and in the database's processes for it; NaN where the system does not count it. */
type Rate = { name: Name; processorUs: number; perSecond: number; p50Ms: number; p99Ms: number; refused: number }
type Ratio = { of: Name; to: Name; ratio: number; lowest: number; highest: number; aim: number | null }
export type Throughput = {
  rates: Rate[]
  ratios: Ratio[]
  lone: { groupP50Ms: number; singleP50Ms: number; ratio: number }
}

const kinds: { name: Name; options: Omit<ContenderOptions, 'databaseUrl'> }[] = [
  { name: 'echo', options: { kind: 'echo', routed: false, drained: false } },
  { name: 'single', options: { kind: 'single', routed: false, drained: false } },
  { name: 'hub', options: { kind: 'hub', routed: false, drained: false } },
  { name: 'singleRouted', options: { kind: 'single', routed: true, drained: false } },
  { name: 'hubRouted', options: { kind: 'hub', routed: true, drained: false } },
  { name: 'hubDrained', options: { kind: 'hub', routed: true, drained: true } },
]

const compared: Pick<Ratio, 'of' | 'to' | 'aim'>[] = [
  { of: 'hub', to: 'echo', aim: 0.5 },
  { of: 'hub', to: 'single', aim: 2 },
  { of: 'hubRouted', to: 'echo', aim: 0.5 },
  { of: 'hubRouted', to: 'singleRouted', aim: 2 },
  { of: 'hubDrained', to: 'echo', aim: null },
]

/** Acknowledged events a second, all contenders in turn in every round, so that noise hits all of them alike. */
export async function measureThroughput(server: Server, pace: Pace): Promise<Throughput> {
  const contenders = await Promise.all(kinds.map((kind) => startContender(kind, server)))
  const load = await startWorker('load.ts')
  try {
    const rounds: Map<Name, Answer>[] = []
    const { connections } = pace
    for (const contender of contenders) await run(load, contender, { connections, seconds: pace.warmUpSeconds })
    for (let i = 0; i < pace.rounds; i++) {
      const round = new Map<Name, Answer>()
      for (const contender of rotate(contenders, i)) {
        round.set(contender.name, await run(load, contender, { connections, seconds: pace.seconds }))
      }
      rounds.push(round)
    }
    const rates = kinds.map(({ name }) => findRate(name, rounds))
    const ratios = compared.map((pair) => findRatio(pair, rounds))
    return { rates, ratios, lone: await measureLone({ load, contenders, requests: pace.loneRequests }) }
  } finally {
    await Promise.all([load.end(), ...contenders.map(({ worker }) => worker.end())])
  }
}

async function startContender({ name, options }: (typeof kinds)[number], server: Server): Promise<Contender> {
  const databaseUrl = options.kind === 'echo' ? '' : await server.create(`bench_${name.toLowerCase()}`)
  const worker = await startWorker('contender.ts', {
    options: { ...options, databaseUrl },
    execArgv: makeProfilerArgs(name),
  })
  return { name, worker, port: (worker.hello as { port: number }).port }
}

/** `BENCH_PROFILE=hub` writes that contender's CPU profile to lab/bench/results. */
function makeProfilerArgs(name: Name): string[] {
  return process.env.BENCH_PROFILE === name ? ['--cpu-prof', '--cpu-prof-dir=lab/bench/results'] : []
}

async function run(
  load: WorkerProcess,
  { name, port, worker }: Contender,
  question: Omit<LoadQuestion, 'port'>,
): Promise<Answer> {
  const before = await worker.ask<ContenderState>({})
  const answer = await load.ask<LoadAnswer>({ port, ...question })
  let after = await worker.ask<ContenderState>({})
  // What is left over would be worked off at the next contender's expense.
  while (name === 'hubDrained' && after.pending > 0) {
    await sleep(50)
    after = await worker.ask<ContenderState>({})
  }
  await sleep(100)
  return { ...answer, processorUs: (sumUsedMs(after) - sumUsedMs(before)) * (1000 / answer.acknowledged) }
}

function sumUsedMs({ ownMs, databaseMs }: ContenderState): number {
  return ownMs + (databaseMs ?? Number.NaN)
}

function findRate(name: Name, rounds: readonly Map<Name, Answer>[]): Rate {
  const answers = rounds.flatMap((round) => round.get(name) ?? [])
  return {
    name,
    perSecond: median(answers.map(({ perSecond }) => perSecond)),
    p50Ms: median(answers.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(answers.map(({ p99Ms }) => p99Ms)),
    processorUs: median(answers.map(({ processorUs }) => processorUs)),
    refused: answers.reduce((sum, { refused }) => sum + refused, 0),
  }
}

/** The median of the rounds' own ratios: two numbers of one round saw the same load of the machine. */
function findRatio({ of, to, aim }: (typeof compared)[number], rounds: readonly Map<Name, Answer>[]): Ratio {
  const ratios = rounds.map(
    (round) => (round.get(of)?.perSecond ?? Number.NaN) / (round.get(to)?.perSecond ?? Number.NaN),
  )
  const { median: ratio, lowest, highest } = findSpread(ratios)
  return { of, to, ratio, lowest, highest, aim }
}

type LoneQuestion = { load: WorkerProcess; contenders: readonly Contender[]; requests: number }

/** One request at a time, with and without group commit, in turn. */
async function measureLone({ load, contenders, requests }: LoneQuestion): Promise<Throughput['lone']> {
  const latencies = { hub: [] as number[], single: [] as number[] }
  const turns = 10
  for (let i = 0; i < turns; i++) {
    for (const name of i % 2 === 0 ? (['hub', 'single'] as const) : (['single', 'hub'] as const)) {
      const contender = contenders.find((one) => one.name === name)
      if (!contender) continue
      const answer = await run(load, contender, { connections: 1, count: Math.ceil(requests / turns) })
      latencies[name].push(answer.p50Ms)
    }
  }
  const groupP50Ms = median(latencies.hub)
  const singleP50Ms = median(latencies.single)
  return { groupP50Ms, singleP50Ms, ratio: groupP50Ms / singleP50Ms }
}
