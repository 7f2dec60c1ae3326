import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Luck } from './luck.ts'
import type { Scenario } from './scenarios.ts'
import { type Stage, setStage } from './stage.ts'
import { makeTraffic, type Traffic } from './traffic.ts'
import { doubledEvents, lostEvents, openSessions, overlappingAttempts, unfinished, wrongPeople } from './verdicts.ts'

/** What one scenario came to. Every count but those of the first line must be 0. */
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
  slowestAnswerSeconds: number
  recoverySeconds: { median: number; worst: number; limit: number }
  /** In words, what must not be. */
  findings: string[]
}

export type PlayOptions = {
  cluster: Cluster
  scenario: Scenario
  rounds: number
  leaseSeconds: number
  luck: Luck
  say(line: string): void
}

/** For the process to start again, the drain to look, and a machine that others use as well. */
const startSeconds = 5
/** The retry schedule is not scaled with the lease. */
const longestRecoverySeconds = 35
/** Okta has given up by then: the answer's own limit of 2.5 s, and what a busy machine adds to it. */
const slowestAnswerSeconds = 2.9

/** Plays the rounds of one scenario on one stage, and looks at everything when all is quiet. */
export async function play(options: PlayOptions): Promise<Result> {
  const { cluster, scenario, rounds, leaseSeconds, luck, say } = options
  const stage = await setStage({ cluster, hubs: scenario.hubs, leaseSeconds })
  try {
    const traffic = makeTraffic(stage, luck)
    const limit = scenario.waitsFor === 'lease' ? leaseSeconds + startSeconds : longestRecoverySeconds
    const recoveries: number[] = []
    const findings: string[] = []
    for (let round = 1; round <= rounds; round++) {
      const played = await playRound({ stage, traffic, scenario, luck, patienceSeconds: 2 * limit + 10 })
      recoveries.push(played.recoverySeconds)
      findings.push(...played.findings.map((finding) => `round ${round}: ${finding}`))
      say(`${scenario.name} ${round}/${rounds}: all well after ${played.recoverySeconds.toFixed(1)} s`)
    }
    // Whoever took a lane over plans once more after a lease; a worker that was late may show itself until then.
    await sleep((leaseSeconds + 2) * 1000)
    const result = await judge({ stage, traffic, scenario, recoveries, limit, findings })
    if (result.findings.length > 0) for (const hub of stage.hubs) say(hub.log().slice(-15).join('\n'))
    return result
  } finally {
    await stage.close()
  }
}

type Round = { stage: Stage; traffic: Traffic; scenario: Scenario; luck: Luck; patienceSeconds: number }

async function playRound({ stage, traffic, scenario, luck, patienceSeconds }: Round) {
  openSessions(stage)
  const struckAt = await traffic.during(async () => {
    await sleep(luck.between(200, 900))
    const at = await scenario.strike(stage, luck)
    await sleep(luck.between(50, 300))
    return at
  })
  const deadline = Date.now() + patienceSeconds * 1000
  let lastWrongAt = struckAt
  const okta = stage.tenants.okta.idle().then(() => true)
  for (;;) {
    const wrong = wrongPeople(stage, traffic)
    if (wrong.length > 0 || traffic.sender.waiting() > 0) lastWrongAt = Date.now()
    else if (await Promise.race([okta, sleep(30).then(() => false)])) break
    if (Date.now() > deadline) {
      return { recoverySeconds: (Date.now() - struckAt) / 1000, findings: [...wrong, 'gave up waiting'] }
    }
    await sleep(20)
  }
  return { recoverySeconds: (lastWrongAt - struckAt) / 1000, findings: [] }
}

type Judgement = {
  stage: Stage
  traffic: Traffic
  scenario: Scenario
  recoveries: number[]
  limit: number
  findings: string[]
}

async function judge({ stage, traffic, scenario, recoveries, limit, findings }: Judgement): Promise<Result> {
  const acknowledged = traffic.acknowledged()
  const lost = await stage.journal((sql) => lostEvents(sql, acknowledged))
  const wrong = wrongPeople(stage, traffic)
  const outOfOrder = scenario.vendorReorders ? 0 : stage.writes.outOfOrder().length
  const overlapping = await stage.journal(overlappingAttempts)
  const doubled = await stage.journal(doubledEvents)
  const open = await stage.journal(unfinished)
  const { answers4xx, slowest } = answersOf(stage, traffic)
  const worst = Math.max(...recoveries)
  const counts = {
    lost: lost.length,
    wrong: wrong.length,
    outOfOrder,
    overlapping,
    doubled,
    unfinished: open,
    answers4xx,
  }
  const names = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${name}: ${count}`] : []))
  const late = slowest > slowestAnswerSeconds && !scenario.mayAnswerLate
  return {
    scenario: scenario.name,
    title: scenario.title,
    rounds: recoveries.length,
    changes: traffic.changes(),
    acknowledged: acknowledged.size,
    ...counts,
    slowestAnswerSeconds: slowest,
    recoverySeconds: { median: medianOf(recoveries), worst, limit },
    findings: [
      ...findings,
      ...wrong,
      ...names,
      ...(worst > limit ? [`recovered after ${worst.toFixed(1)} s, more than ${limit} s`] : []),
      ...(late ? [`answered after ${slowest.toFixed(2)} s`] : []),
    ],
  }
}

/** Every answer that a hub gave, to whichever sender. A request that was not answered at all is no answer. */
function answersOf({ tenants }: Stage, { sender }: Traffic): { answers4xx: number; slowest: number } {
  const toOkta = tenants.okta.deliveries.flatMap(({ tries }) =>
    tries.map(({ outcome, durationMs }) => ({ status: Number(outcome), milliseconds: durationMs })),
  )
  const answered = [...toOkta, ...sender.answers].filter(({ status }) => status > 0)
  return {
    answers4xx: answered.filter(({ status }) => status >= 400 && status < 500).length,
    slowest: Math.max(0, ...answered.map(({ milliseconds }) => milliseconds)) / 1000,
  }
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
