import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../chaos/cluster.ts'
import { makeEnvironment, type TenantAddresses } from '../environment.ts'
import { type EdgeHubs, startEdgeHubs } from './edge-hubs.ts'
import { type Quantiles, quantiles, type Sent, sendHook } from './lockout.ts'
import { sendSteadily } from './measures.ts'
import { personNumber } from './request-bodies.ts'
import type { TenantsOptions, VendorCall } from './tenants.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

export type FirstAttemptsPace = { edgeWarmUpHooks: number; edgeHooks: number; edgeHooksPerSecond: number }

export type FirstAttempts = { hooksPerSecond: number } & Record<HubName, FirstAttemptsOf>

export type FirstAttemptsOf = {
  hooks: number
  refused: number
  /** Acknowledged, and Okta was not asked within the patience below. */
  withoutCall: number
  acknowledgedMs: Quantiles
  /** From the 204 that the client has read until Okta was first asked about the person. Below zero: it was asked before. */
  afterMs: Quantiles
}

type HubName = 'node' | 'worker'
type Stage = AsyncDisposable & { hubs: EdgeHubs; tenants: Record<HubName, WorkerProcess> }

const hubNames: readonly HubName[] = ['node', 'worker']

/** The second chance of a Worker comes 10 s after an answer. */
const patienceMs = 30_000
const lookEveryMs = 500

/** How soon work on a hook begins: hooks at a low rate to both hubs in turn, so that noise hits them alike. */
export async function measureFirstAttempts(cluster: Cluster, pace: FirstAttemptsPace): Promise<FirstAttempts> {
  const { edgeWarmUpHooks: warmUp, edgeHooks, edgeHooksPerSecond: hooksPerSecond } = pace
  await using stage = await setStage(cluster, { people: warmUp + edgeHooks })
  const sent = await sendHooks(stage, { people: warmUp + edgeHooks, perSecond: hooksPerSecond })
  const find = async (name: HubName) =>
    summariseAttempts(sent[name].slice(warmUp), await awaitCalls(stage.tenants[name], sent[name]))
  return { hooksPerSecond, node: await find('node'), worker: await find('worker') }
}

/** Tenants of their own, so that no call of one hub is taken for the other's. */
async function setStage(cluster: Cluster, { people }: { people: number }): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const options: TenantsOptions = { people, secondAccountEvery: Number.POSITIVE_INFINITY }
  const start = async () => started.adopt(await startWorker('tenants.ts', { options }), (worker) => worker.end())
  const tenants = { node: await start(), worker: await start() }
  const settings = {
    node: makeEnvironment(addressesOf(tenants.node)),
    worker: makeEnvironment(addressesOf(tenants.worker)),
  }
  const hubs = started.use(await startEdgeHubs(cluster, { database: 'edge_attempts', settings }))
  const all = started.move()
  return { hubs, tenants, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function addressesOf({ hello }: WorkerProcess): TenantAddresses {
  return hello as TenantAddresses
}

/** `perSecond`: to each hub. */
async function sendHooks(
  { hubs, tenants }: Stage,
  { people, perSecond }: { people: number; perSecond: number },
): Promise<Record<HubName, Sent[]>> {
  const agent = new Agent({ keepAlive: true })
  const pace = { count: people * hubNames.length, perSecond: perSecond * hubNames.length }
  const sent: Record<HubName, Sent[]> = { node: [], worker: [] }
  await sendSteadily(pace, async (turn) => {
    const name = turn % 2 === 0 ? 'node' : 'worker'
    const number = Math.floor(turn / 2)
    sent[name][number] = await sendHook(number, { from: addressesOf(tenants[name]).okta.url, to: hubs[name], agent })
  })
  agent.destroy()
  return sent
}

/** Until Okta was asked about everybody whose hook was acknowledged. */
async function awaitCalls(tenants: WorkerProcess, sent: readonly Sent[]): Promise<VendorCall[]> {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const calls = await tenants.ask<VendorCall[]>({})
    const { withoutCall } = summariseAttempts(sent, calls)
    if (withoutCall === 0 || waitedMs >= patienceMs) return calls
    await sleep(lookEveryMs)
  }
}

export function summariseAttempts(sent: readonly Sent[], calls: readonly VendorCall[]): FirstAttemptsOf {
  const acknowledged = sent.filter(({ status }) => status === 204)
  const after = acknowledged.map((hook) => findFirstCall(hook, calls) - (hook.atMs + hook.answeredMs))
  const found = after.filter(Number.isFinite)
  return {
    hooks: sent.length,
    refused: sent.length - acknowledged.length,
    withoutCall: after.length - found.length,
    acknowledgedMs: quantiles(acknowledged.map(({ answeredMs }) => answeredMs)),
    afterMs: quantiles(found),
  }
}

/** Infinity: there was none after the hook was sent. */
function findFirstCall({ number, atMs }: Sent, calls: readonly VendorCall[]): number {
  const { oktaId } = personNumber(number)
  const ofPerson = calls.filter(
    ({ vendor, url, startMs }) => vendor === 'okta' && url.includes(oktaId) && startMs > atMs,
  )
  return Math.min(...ofPerson.map(({ startMs }) => startMs))
}
