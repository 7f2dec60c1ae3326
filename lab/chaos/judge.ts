import { type AnswerCounts, countAnswers, slowestAnswerSeconds, type Timed } from './answers.ts'
import type { HookCall } from './direct-sender.ts'
import type { Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'
import {
  countDoubledEvents,
  countOverlappingAttempts,
  findLostEvents,
  listUnfinished,
  listWrongPeople,
} from './verdicts.ts'
import type { Disorder } from './writes.ts'

/** What one scenario came to. Every count from `lost` to `refused` must be 0. */
export type Result = {
  scenario: string
  title: string
  rounds: number
  changes: number
  acknowledged: number
  lost: number
  wrong: number
  outOfOrder: number
  overlapping: number
  doubled: number
  unfinished: number
  /** Answers that blame the sender for a fault of ours. */
  answers4xx: number
  /** Answers of hubs that were there, later than rule 1 allows. */
  late: number
  /** Hooks answered with a 5xx though a balancer could have sent them to a hub that was there. */
  refused: number
  answers5xx: number
  slowestAnswer: Timed
  recovery: { seconds: number[]; worst: Timed; limit: number }
  /** How long hubs took from their start until they were ready, at worst: what a busy machine does shows here. */
  slowestStartSeconds: number
  /** In words, what must not be. */
  findings: string[]
}

/** How long all took to be well again in one round, who was last, and what was allowed. */
export type Recovery = Timed & { who: string; startSeconds: number }

type Judgement = {
  stage: Stage
  traffic: Traffic
  scenario: Scenario
  recoveries: readonly Recovery[]
  limit: number
}

/** Looks at everything when all is quiet. */
export async function judge({ stage, traffic, scenario, recoveries, limit }: Judgement): Promise<Result> {
  stage.writes.look()
  const acknowledged = traffic.acknowledged()
  const wrong = listWrongPeople(stage, traffic)
  const { writes, journal } = stage
  const open = await journal(listUnfinished)
  const answers = countAnswers(stage, traffic)
  const disorders = scenario.vendorReorders ? writes.sentOutOfOrder() : writes.landedOutOfOrder()
  const counts = {
    lost: (await journal((sql) => findLostEvents(sql, acknowledged))).length,
    wrong: wrong.length,
    outOfOrder: disorders.length,
    overlapping: await journal(countOverlappingAttempts),
    doubled: await journal(countDoubledEvents),
    unfinished: open.length,
    answers4xx: answers.answers4xx.length,
    late: answers.late,
    refused: scenario.balanced ? answers.refused.length : 0,
  }
  const worst = recoveries.reduce((one, other) => (other.seconds > one.seconds ? other : one))
  return {
    scenario: scenario.name,
    title: scenario.title,
    rounds: recoveries.length,
    changes: traffic.changes(),
    acknowledged: acknowledged.size,
    ...counts,
    answers5xx: answers.answers5xx,
    slowestAnswer: answers.slowest,
    recovery: {
      seconds: recoveries.map(({ seconds }) => seconds),
      worst: { seconds: worst.seconds, starved: worst.starved },
      limit,
    },
    slowestStartSeconds: Math.max(...recoveries.map(({ startSeconds }) => startSeconds)),
    findings: [
      ...wrong,
      ...open,
      ...Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${name}: ${count}`] : [])),
      ...recoveries.flatMap((recovery, i) => describeSlowRecovery(recovery, { round: i + 1, limit })),
      ...describeLateAnswers(answers),
      ...answers.answers4xx.slice(0, mostTold).map(describeAnswer),
      ...(scenario.balanced ? answers.refused.slice(0, mostTold).map(describeAnswer) : []),
      ...disorders.slice(0, mostTold).map(describeDisorder),
      ...(acknowledged.size === 0 ? ['nothing was acknowledged: nothing was tried'] : []),
      ...(scenario.mustRefuse && answers.answers5xx === 0 ? ['no hook was refused: nothing was tried'] : []),
    ],
  }
}

const mostTold = 3

function describeDisorder({ userId, changedAt, newer, at }: Disorder): string {
  const [older, known, landed] = [changedAt, newer, at].map((time) => new Date(time).toISOString())
  return `at ${landed} ${userId} was written as of ${older}, after it had been as of ${known}`
}

function describeAnswer({ url, outcome, from, until }: HookCall): string {
  return `${url || 'the balancer'} answered ${outcome} after ${until - from} ms at ${new Date(from).toISOString()}`
}

type Allowed = { round: number; limit: number }

function describeSlowRecovery({ seconds, starved, who, startSeconds }: Recovery, { round, limit }: Allowed): string[] {
  if (seconds - starved <= limit) return []
  const start = startSeconds > 0 ? `, a hub took ${startSeconds.toFixed(1)} s to start` : ''
  return [`round ${round}: recovered after ${describeTime({ seconds, starved })}, more than ${limit} s${start}: ${who}`]
}

function describeLateAnswers({ late: count, slowest }: AnswerCounts): string[] {
  return count > 0 ? [`answered after up to ${describeTime(slowest)}, more than ${slowestAnswerSeconds} s`] : []
}

/** Time that others had the processors is named where it is worth naming. */
export function describeTime({ seconds, starved }: Timed, digits = 1): string {
  const other = starved >= 0.3 ? `, ${starved.toFixed(digits)} s of it without a processor` : ''
  return `${seconds.toFixed(digits)} s${other}`
}
