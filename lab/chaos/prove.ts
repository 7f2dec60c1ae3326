import { setTimeout as sleep } from 'node:timers/promises'
import { buildLogEvent, buildUserTarget } from '../simulators/okta/log-event.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { describeTime, judge } from './judge.ts'
import { makeLuck } from './luck.ts'
import { findLimit, playRound } from './play.ts'
import type { Scenario } from './scenarios.ts'
import { type Stage, setStage } from './stage.ts'
import { tampers } from './tampers.ts'
import { makeTraffic } from './traffic.ts'
import { waitUntilFinished } from './verdicts.ts'

const leaseSeconds = 3
const settlingSeconds = 60
const calm: Scenario = { name: 'calm', title: 'Nothing', hubs: 1, waitsFor: 'lease', strike: async () => Date.now() }

/** Twice as long as a lease of 3 s allows, for time without a processor is taken off; and the seat does not know of it. */
const stuckMs = 16_000

const stuck: Scenario = {
  ...calm,
  name: 'stuck',
  async strike({ hubs, people, tenants }, _luck, { sender }) {
    const pid = hubs[0]?.pid() ?? 0
    process.kill(pid, 'SIGSTOP')
    setTimeout(() => process.kill(pid, 'SIGCONT'), stuckMs)
    // Of what changes at random, nothing may be left to tell: where nobody waits for a hub, none is slow.
    const user = tenants.okta.users.get(people[0]?.oktaId ?? '')
    sender.send(buildLogEvent({ eventType: 'user.account.update_profile', target: [buildUserTarget(user)] }))
    return Date.now()
  },
}

/** Breaks each thing that is counted, on purpose, and sees whether it is counted: a verdict that cannot fail is none. */
export async function prove(say: (line: string) => void): Promise<number> {
  const cluster = await startCluster()
  try {
    return await withStage(cluster, (stage) => proveOn(stage, say))
  } finally {
    await cluster.close()
  }
}

async function withStage(cluster: Cluster, work: (stage: Stage) => Promise<number>): Promise<number> {
  const stage = await setStage({ cluster, scenario: calm, leaseSeconds })
  try {
    return await work(stage)
  } finally {
    await stage.close()
  }
}

async function proveOn(stage: Stage, say: (line: string) => void): Promise<number> {
  const luck = makeLuck(1)
  const traffic = makeTraffic(stage, luck)
  let failed = 0
  const check = (isRight: boolean, what: string, seen: readonly string[]) => {
    if (!isRight) failed++
    say(`${isRight ? '✓' : '✗'} ${what}${isRight ? '' : `; seen: ${seen.join('; ') || 'nothing'}`}`)
  }
  const { findings, ...calmly } = await playRound({ stage, traffic, scenario: calm, luck })
  await sleep((leaseSeconds + 2) * 1000)
  const judged = (scenario: Scenario, recovery = calmly) =>
    judge({ stage, traffic, scenario, recoveries: [recovery], limit: findLimit(scenario, leaseSeconds) })
  const quiet = [...findings, ...(await judged(calm)).findings]
  check(quiet.length === 0, 'nothing broken: no finding', quiet)
  const untried = (await judged({ ...calm, mustRefuse: true })).findings
  check(untried.length === 1, 'a database that was never away, where it should have been: found', untried)

  const { findings: _, ...stuckFor } = await playRound({ stage, traffic, scenario: stuck, luck })
  const slow = (await judged(stuck, stuckFor)).findings.filter((finding) => finding.includes('recovered after'))
  const seen = slow.length > 0 ? slow : [`recovered after ${describeTime(stuckFor)}`]
  check(slow.length === 1, 'a hub that is stuck for longer than recovery may take: found', seen)
  // What the stuck hub left for its lease to end is no finding, and may not hide the next one.
  const open = await waitUntilFinished(stage, settlingSeconds)
  check(open.length === 0, 'afterwards all is settled: what is broken next stands alone', open)

  for (const { how, counted, scenario, breakIt } of tampers) {
    const asked = { ...calm, ...scenario }
    const before = await judged(asked)
    await breakIt(stage, traffic)
    const after = await judged(asked)
    const isNew = after.findings.some((finding) => !before.findings.includes(finding))
    check(counted(after) > counted(before) && isNew, `${how}: found`, after.findings)
  }
  return failed > 0 ? 1 : 0
}
