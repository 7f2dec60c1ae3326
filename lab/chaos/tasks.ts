import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isRecord } from '../../src/core/json.ts'
import type { Result } from './judge.ts'
import type { Task } from './worker.ts'

/**
 * As many rounds as one stage plays before it is judged and kept: what an interruption loses at most. A round with the
 * real lease takes most of a minute.
 */
const findMostRounds = (leaseSeconds: number) => (leaseSeconds < 10 ? 10 : 3)

type Whole = Omit<Task, 'scenario' | 'rounds'> & { roundsOf(scenario: string): number }

/** The rounds of every scenario in parts that can be played at once, each by another seed. */
export function splitIntoTasks(scenarios: readonly string[], { roundsOf, ...whole }: Whole): Task[] {
  const mostRounds = findMostRounds(whole.leaseSeconds)
  const count = Math.ceil(Math.max(...scenarios.map(roundsOf)) / mostRounds)
  return Array.from({ length: count }, (_, part) =>
    scenarios.flatMap((scenario) => {
      const rounds = Math.min(mostRounds, roundsOf(scenario) - part * mostRounds)
      return rounds > 0 ? [{ ...whole, scenario, rounds, seed: whole.seed + part }] : []
    }),
  ).flat()
}

/** What the parts of each scenario came to joinResults. */
export function joinResults(results: readonly Result[]): Result[] {
  const whole = new Map<string, Result>()
  for (const part of results) {
    const before = whole.get(part.scenario)
    whole.set(part.scenario, before ? add(before, part) : part)
  }
  return [...whole.values()]
}

function add(one: Result, other: Result): Result {
  const sum = (count: keyof Result & Counted) => one[count] + other[count]
  return {
    ...one,
    rounds: sum('rounds'),
    changes: sum('changes'),
    acknowledged: sum('acknowledged'),
    lost: sum('lost'),
    wrong: sum('wrong'),
    outOfOrder: sum('outOfOrder'),
    overlapping: sum('overlapping'),
    doubled: sum('doubled'),
    unfinished: sum('unfinished'),
    answers4xx: sum('answers4xx'),
    late: sum('late'),
    refused: sum('refused'),
    answers5xx: sum('answers5xx'),
    slowestAnswer: slower(one.slowestAnswer, other.slowestAnswer),
    recovery: {
      seconds: [...one.recovery.seconds, ...other.recovery.seconds],
      worst: slower(one.recovery.worst, other.recovery.worst),
      limit: one.recovery.limit,
    },
    slowestStartSeconds: Math.max(one.slowestStartSeconds, other.slowestStartSeconds),
    findings: [...one.findings, ...other.findings],
  }
}

type Counted = { [K in keyof Result]: Result[K] extends number ? K : never }[keyof Result]

function slower<T extends { seconds: number }>(one: T, other: T): T {
  return other.seconds > one.seconds ? other : one
}

/** A part that was played, with how long it took and the commit of the code that was played. */
type Part = { task: Task; result: Result; postgres: string; seconds: number; commit: string }

/** Parts played before, one line of JSON each: what a run of hours had come to when it was ended. */
export type Kept = {
  parts: readonly Part[]
  keep(part: Part): Promise<void>
}

const line = z.object({
  task: z.object({ scenario: z.string(), rounds: z.number(), leaseSeconds: z.number(), seed: z.number() }),
  // Written by `keep` alone, so that the shape of a result needs no second description here.
  result: z.custom<Result>((given) => isRecord(given)),
  postgres: z.string(),
  seconds: z.number(),
  commit: z.string(),
})

/** @throws When the file holds something else, or parts that `tasks` does not ask for: another run's. */
export async function openKeptFile(file: string | undefined, tasks: readonly Task[]): Promise<Kept> {
  if (!file) return { parts: [], keep: async () => {} }
  const text = await readFile(file, 'utf8').catch((thrown) => {
    if (thrown.code === 'ENOENT') return ''
    throw thrown
  })
  const parts = text
    .split('\n')
    .filter(Boolean)
    .map((one) => line.parse(JSON.parse(one)))
  const strange = parts.find(({ task }) => !tasks.some((one) => isSameTask(one, task)))
  if (strange)
    throw new Error(`${file} keeps another run: ${JSON.stringify(strange.task)}. Name its rounds, lease and seed.`)
  return { parts, keep: (part) => appendFile(file, `${JSON.stringify(part)}\n`) }
}

export function isSameTask(one: Task, other: Task): boolean {
  const keyOf = ({ scenario, rounds, leaseSeconds, seed }: Task) => [scenario, rounds, leaseSeconds, seed].join()
  return keyOf(one) === keyOf(other)
}
