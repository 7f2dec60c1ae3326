import type { Server } from './database.ts'
import type { DrainAnswer, DrainQuestion } from './drain-worker.ts'
import { median } from './measures.ts'
import { startWorker } from './worker-process.ts'

export type DrainPace = { drainPeople: number; drainRounds: number }

/** Medians of the rounds: of people with nothing to change, and of people with one change each. */
export type DrainCost = { unchanged: DrainAnswer; changed: DrainAnswer }

/** What it costs to carry out a delivery with vendors that answer at once, each round in a process of its own. */
export async function measureDrain(server: Server, { drainPeople, drainRounds }: DrainPace): Promise<DrainCost> {
  const databases = { unchanged: await server.create('bench_drain'), changed: await server.create('bench_change') }
  const answers: Record<keyof DrainCost, DrainAnswer[]> = { unchanged: [], changed: [] }
  // The first round warms nothing up: each has its own process, and its database grows.
  for (let round = 0; round < drainRounds; round++) {
    for (const name of ['unchanged', 'changed'] as const) {
      const worker = await startWorker('drain-worker.ts', { execArgv: makeProfilerArgs(name) })
      const people = name === 'changed' ? Math.ceil(drainPeople / 2) : drainPeople
      const question = { databaseUrl: databases[name], people, changes: name === 'changed', first: round * drainPeople }
      answers[name].push(await worker.ask<DrainAnswer>(question satisfies DrainQuestion))
      await worker.end()
    }
  }
  return { unchanged: findMedians(answers.unchanged), changed: findMedians(answers.changed) }
}

function findMedians(answers: readonly DrainAnswer[]): DrainAnswer {
  const of = (name: keyof DrainAnswer) => median(answers.map((answer) => answer[name]))
  return {
    perSecond: of('perSecond'),
    hubUs: of('hubUs'),
    databaseUs: of('databaseUs'),
    roundTrips: of('roundTrips'),
    transactions: of('transactions'),
    sequentialTuples: of('sequentialTuples'),
    indexTuples: of('indexTuples'),
  }
}

/** `BENCH_PROFILE=unchanged` writes the CPU profiles of these rounds to lab/bench/results. */
function makeProfilerArgs(name: keyof DrainCost): string[] {
  return process.env.BENCH_PROFILE === name ? ['--cpu-prof', '--cpu-prof-dir=lab/bench/results'] : []
}
