import type { Result } from './judge.ts'
import type { Task } from './worker.ts'

/** As many rounds as one stage plays: a hundred with the real lease, one after the other, would take an hour. */
const mostRounds = 10

/** The rounds of every scenario in parts that can be played at once, each by another seed. */
export function inParts(scenarios: readonly string[], whole: Omit<Task, 'scenario'>): Task[] {
  const count = Math.ceil(whole.rounds / mostRounds)
  return Array.from({ length: count }, (_, part) => {
    const rounds = Math.min(mostRounds, whole.rounds - part * mostRounds)
    return scenarios.map((scenario) => ({ ...whole, scenario, rounds, seed: whole.seed + part }))
  }).flat()
}

/** What the parts of each scenario came to together. */
export function together(results: readonly Result[]): Result[] {
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
