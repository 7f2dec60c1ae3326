import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../chaos/cluster.ts'
import { startWorkerProcess } from '../edge/worker-process.ts'
import { hookSecret, makeOktaEnvironment, type TenantAddresses } from '../environment.ts'
import type { ContenderOptions } from './contender.ts'
import { startEdgeHubs } from './edge-hubs.ts'
import type { LoadAnswer, LoadQuestion } from './load.ts'
import { findSpread, median, rotate, type Spread } from './measures.ts'
import { type EdgeContender, edgeContenders, takeOffProxy } from './take-off-proxy.ts'
import type { TenantsOptions } from './tenants.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

export type EdgeRatesPace = {
  edgeConnections: readonly number[]
  edgeRounds: number
  edgeSeconds: number
  warmUpSeconds: number
}

/** With so many connections at once: medians of the rounds. */
export type EdgeRates = {
  connections: number
  contenders: ({ name: EdgeContender; answered: number } & Omit<LoadAnswer, 'acknowledged'>)[]
  /** Hooks that the Worker acknowledged in a second, to those of Node in the same round. */
  ratio: Spread
  /**
   * The same by `takeOffProxy`, and the Worker's median latency by it. Of rounds without a refusal only: what is refused
   * takes time as well, which 1/rate would put on those that were acknowledged.
   */
  withoutProxy: { ratio: Spread; p50Ms: number }
}

type Round = Record<EdgeContender, LoadAnswer>

/** `from`: the org whose hooks the hubs take. */
type Stage = AsyncDisposable & { load: WorkerProcess; from: string; ports: Record<EdgeContender, number> }

/** What a turn left behind ends before the next one: connections of invocations, and what is said after an answer. */
const pauseMs = 300

/** Hooks acknowledged a second by all contenders, by turns in every round. The hooks are routed nowhere: none is worked. */
export async function measureEdgeRates(cluster: Cluster, pace: EdgeRatesPace): Promise<EdgeRates[]> {
  await using stage = await setStage(cluster)
  const rates: EdgeRates[] = []
  for (const connections of pace.edgeConnections) {
    for (const name of edgeContenders) await run(stage, name, { connections, seconds: pace.warmUpSeconds })
    const rounds: Round[] = []
    for (let i = 0; i < pace.edgeRounds; i++) {
      const answers: [EdgeContender, LoadAnswer][] = []
      for (const name of rotate(edgeContenders, i)) {
        answers.push([name, await run(stage, name, { connections, seconds: pace.edgeSeconds })])
      }
      rounds.push(Object.fromEntries(answers) as Round)
    }
    rates.push(summariseRounds(connections, rounds))
  }
  return rates
}

async function setStage(cluster: Cluster): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const keep = async (starting: Promise<WorkerProcess>) => started.adopt(await starting, (worker) => worker.end())
  const options: TenantsOptions = { people: 1, secondAccountEvery: 1 }
  const load = await keep(startWorker('load.ts'))
  const tenants = await keep(startWorker('tenants.ts', { options }))
  const bareOptions: ContenderOptions = { kind: 'bare', databaseUrl: '', routed: false, drained: false }
  const bareNode = await keep(startWorker('contender.ts', { options: bareOptions }))
  const { okta } = tenants.hello as TenantAddresses
  // A hub must have a connector that acts. This one hears of nothing until it is told what: so no hook is delivered.
  const settings = { ...makeOktaEnvironment(okta), OKTA_HOOK_SECRETS: hookSecret, PRINT: 'on' }
  const hubs = started.use(
    await startEdgeHubs(cluster, { database: 'edge_rates', settings: { node: settings, worker: settings } }),
  )
  const bareWorker = await startWorkerProcess({
    databaseUrl: cluster.url('postgres'),
    vars: {},
    entry: 'lab/edge/bare-worker.ts',
    place: cluster.hubFolder,
    onSpawn: cluster.guardHub,
  })
  started.defer(bareWorker.stop)
  const ports = {
    node: portOf(hubs.node),
    worker: portOf(hubs.worker),
    bareNode: (bareNode.hello as { port: number }).port,
    bareWorker: portOf(bareWorker.url),
  }
  const all = started.move()
  return { load, from: okta.url, ports, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

async function run(
  { load, from, ports }: Stage,
  name: EdgeContender,
  question: Pick<LoadQuestion, 'connections' | 'seconds'>,
): Promise<LoadAnswer> {
  const answer = await load.ask<LoadAnswer>({ port: ports[name], from, ...question })
  await sleep(pauseMs)
  return answer
}

export function summariseRounds(connections: number, rounds: readonly Round[]): EdgeRates {
  const unrefused = rounds.filter((round) => edgeContenders.every((name) => round[name].refused === 0))
  const takeOff = (timeOf: (answer: LoadAnswer) => number) =>
    unrefused.map((round) => takeOffProxy(timesOf(round, timeOf)))
  const nodePerSecond = unrefused.map(({ node }) => node.perSecond)
  const left = takeOff(({ perSecond }) => 1 / perSecond)
  return {
    connections,
    contenders: edgeContenders.map((name) => summariseContender(name, rounds)),
    ratio: findSpread(rounds.map(({ node, worker }) => worker.perSecond / node.perSecond)),
    withoutProxy: {
      ratio: findSpread(left.map((seconds, i) => 1 / seconds / (nodePerSecond[i] ?? Number.NaN))),
      p50Ms: findSpread(takeOff(({ p50Ms }) => p50Ms)).median,
    },
  }
}

function timesOf(round: Round, timeOf: (answer: LoadAnswer) => number): Record<EdgeContender, number> {
  const { node, worker, bareNode, bareWorker } = round
  return { node: timeOf(node), worker: timeOf(worker), bareNode: timeOf(bareNode), bareWorker: timeOf(bareWorker) }
}

function summariseContender(name: EdgeContender, rounds: readonly Round[]): EdgeRates['contenders'][number] {
  const answers = rounds.map((round) => round[name])
  const refused = answers.reduce((sum, answer) => sum + answer.refused, 0)
  return {
    name,
    perSecond: median(answers.map(({ perSecond }) => perSecond)),
    // A turn without one acknowledged hook has no latency.
    p50Ms: findSpread(answers.map(({ p50Ms }) => p50Ms)).median,
    p99Ms: findSpread(answers.map(({ p99Ms }) => p99Ms)).median,
    refused,
    answered: refused + answers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
  }
}
