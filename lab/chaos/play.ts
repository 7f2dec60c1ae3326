import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { describeTime, judge, type Recovery, type Result } from './judge.ts'
import type { Luck } from './luck.ts'
import { watchRecovery } from './recovery.ts'
import type { Scenario } from './scenarios.ts'
import { type Person, type Stage, setStage } from './stage.ts'
import { makeTraffic, type Traffic } from './traffic.ts'
import { describeFault, listWrongPeople, openSessions, waitUntilFinished } from './verdicts.ts'

type PlayOptions = {
  cluster: Cluster
  scenario: Scenario
  rounds: number
  leaseSeconds: number
  luck: Luck
  say(line: string): void
  /** The last lines of a hub's log, where something was found. */
  tellLog(line: string): void
}

/** For the process to start again, the drain to look, and a machine that others use as well. */
const startSeconds = 5
/** The retry schedule is not scaled with the lease. */
const longestRecoverySeconds = 35

/** 35 s with the lease of production, 30 s; and the same with a scaled one. */
export function findLimit({ waitsFor }: Scenario, leaseSeconds: number): number {
  if (waitsFor === 'nothing') return startSeconds
  return waitsFor === 'lease' ? leaseSeconds + startSeconds : longestRecoverySeconds
}

/** Plays the rounds of one scenario on one stage, and looks at everything when all is quiet. */
export async function play(options: PlayOptions): Promise<Result> {
  const { cluster, scenario, rounds, leaseSeconds, luck, say, tellLog } = options
  const stage = await setStage({ cluster, scenario, leaseSeconds })
  try {
    const traffic = makeTraffic(stage, luck)
    const limit = findLimit(scenario, leaseSeconds)
    const recoveries: Recovery[] = []
    const findings: string[] = []
    for (let round = 1; round <= rounds; round++) {
      const { findings: found, ...recovery } = await playRound({ stage, traffic, scenario, luck })
      recoveries.push(recovery)
      findings.push(...found.map((finding) => `round ${round}: ${finding}`))
      say(`${scenario.name} ${round}/${rounds}: all well after ${describeTime(recovery)}; last: ${recovery.who}`)
    }
    // A worker that took a lane over plans once more after a lease; a late write of the former worker shows by then.
    await sleep((leaseSeconds + 2) * 1000)
    // All people are right, yet a write whose answer was lost is tried once more, after the schedule's wait.
    await waitUntilFinished(stage, longestRecoverySeconds)
    const result = await judge({ stage, traffic, scenario, recoveries, limit })
    result.findings.unshift(...findings)
    if (result.findings.length > 0) for (const hub of stage.hubs) tellLog(hub.log().slice(-15).join('\n'))
    return result
  } finally {
    await stage.close()
  }
}

type Round = { stage: Stage; traffic: Traffic; scenario: Scenario; luck: Luck }

export async function playRound({ stage, traffic, scenario, luck }: Round): Promise<Recovery & { findings: string[] }> {
  const { people, tenants, writes } = stage
  const startedAt = Date.now()
  openSessions(stage)
  const recovery = watchRecovery({
    people,
    isWrong: (person) => describeFault(person, tenants) !== null,
    wasTold: traffic.wasTold,
    waits: traffic.sender.waits,
  })
  try {
    traffic.leaveAlone([])
    const struckAt = await traffic.during(async () => {
      await sleep(luck.between(200, 900))
      // Half of them change no more: what they are then, they must become, and no later change hides that they are late.
      traffic.leaveAlone(pickHalf(people, luck))
      const at = await scenario.strike(stage, luck, traffic)
      await sleep(luck.between(50, 300))
      return at
    })
    const patienceSeconds = 2 * findLimit(scenario, stage.leaseSeconds) + 10
    const findings = await waitUntilWell({ stage, traffic, patienceSeconds })
    writes.look()
    const { seconds, who, span } = recovery.after(struckAt)
    const starved = Math.max(...[stage, ...stage.hubs].map(({ starvation }) => starvation.secondsIn(span)))
    return { seconds, who, starved, startSeconds: slowestStartSince(stage, startedAt), findings }
  } finally {
    recovery.stop()
  }
}

function slowestStartSince({ hubs }: Stage, moment: number): number {
  const starts = hubs.flatMap((hub) => hub.starts).filter(({ from }) => from >= moment)
  return Math.max(0, ...starts.map(({ from, until }) => until - from)) / 1000
}

type Wait = Pick<Round, 'stage' | 'traffic'> & { patienceSeconds: number }

/** Waits until all people are right, all events acknowledged, and Okta has nothing more to send; else says what is not. */
async function waitUntilWell({ stage, traffic, patienceSeconds }: Wait): Promise<string[]> {
  const deadline = Date.now() + patienceSeconds * 1000
  const okta = stage.tenants.okta.idle().then(() => true)
  for (;;) {
    const wrong = listWrongPeople(stage, traffic)
    const isWell = wrong.length === 0 && traffic.sender.waiting() === 0
    if (isWell && (await Promise.race([okta, sleep(30).then(() => false)]))) return []
    if (Date.now() > deadline) return [...wrong, 'gave up waiting']
    await sleep(20)
  }
}

function pickHalf(people: readonly Person[], luck: Luck): Person[] {
  return people.filter(() => luck.next() < 0.5)
}
