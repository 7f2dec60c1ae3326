import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import { hookSecret, makeEnvironment, type TenantAddresses } from '../environment.ts'
import { startHubProcess } from '../hub-process.ts'
import type { Server } from './database.ts'
import { median, percentile, readMonotonicMs, sendSteadily } from './measures.ts'
import { readDatabaseMs, readUsedMs } from './processor-time.ts'
import { hookBody, personNumber } from './request-bodies.ts'
import type { TenantsOptions, VendorCall } from './tenants.ts'
import { startWorker } from './worker-process.ts'

export type LockoutPace = { warmUp: number; hooks: number; hooksPerSecond: number }

export type Lockout = {
  hooksPerSecond: number
  people: number
  notWritten: number
  /** From the hook's first byte to the last PATCH of the person, without what the vendors took meanwhile. */
  overheadMs: Quantiles
  /** The same, with the vendors' time. */
  wholeMs: Quantiles
  acknowledgedMs: Quantiles
  /** Processor time of a lockout, in milliseconds: of the hub's process, and of PostgreSQL's for it. */
  processorMs: { hub: number; database: number }
  /** Vendor calls of one person, by kind: of one with one Auth0 user, and of one with a second one known by e-mail. */
  calls: { one: CallCount[]; two: CallCount[] }
}

export type Quantiles = { p50: number; p99: number; max: number }
export type CallCount = { call: string; median: number; most: number }

const secondAccountEvery = 10

/** Hooks at a steady pace into the real hub in a process of its own, with tenants that answer as fast as they can. */
export async function measureLockout(server: Server, pace: LockoutPace): Promise<Lockout> {
  const people = pace.warmUp + pace.hooks
  const options: TenantsOptions = { people, secondAccountEvery }
  const tenants = await startWorker('tenants.ts', { options })
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-bench-hub-'))
  const stage = tenants.hello as TenantAddresses
  // Fifty people a second are what the brake on mass changes is there to stop.
  const databaseUrl = await server.create('bench_lockout')
  const settings = { HUB_BRAKE_PEOPLE: '0', DATABASE_URL: databaseUrl }
  const hub = await startHubProcess({ cwd: folder, env: { ...makeEnvironment(stage), ...settings } })
  const { url, options: connection } = parseConnectionUrl(databaseUrl)
  const sql = postgres(url, { ...connection, max: 1, onnotice: () => {} })
  const readProcessors = async () => ({
    hub: Number((await readUsedMs(hub.pid)) ?? Number.NaN),
    database: Number((await readDatabaseMs(sql)) ?? Number.NaN),
  })
  try {
    const before = await readProcessors()
    const sent = await sendHooks({ people, perSecond: pace.hooksPerSecond, from: stage.okta.url, to: hub.url })
    await waitUntilQuiet(hub.url)
    const after = await readProcessors()
    const calls = await tenants.ask<VendorCall[]>({})
    return {
      ...summarise({ pace, sent: sent.slice(pace.warmUp), calls }),
      processorMs: {
        hub: (after.hub - before.hub) / people,
        database: (after.database - before.database) / people,
      },
    }
  } finally {
    await sql.end()
    await hub.stop()
    await tenants.end()
    await rm(folder, { recursive: true, force: true })
  }
}

export type Sent = { number: number; atMs: number; status: number; answeredMs: number }

async function sendHooks(question: { people: number; perSecond: number; from: string; to: string }): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true })
  const pace = { count: question.people, perSecond: question.perSecond }
  const sent = await sendSteadily(pace, (number) => sendHook(number, { ...question, agent }))
  agent.destroy()
  return sent
}

/** Sends the deactivation of one person. */
export function sendHook(
  number: number,
  { from, to, agent }: { from: string; to: string; agent: Agent },
): Promise<Sent> {
  const body = hookBody(personNumber(number), { url: from, published: new Date().toISOString() })
  const headers = {
    authorization: hookSecret,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const atMs = readMonotonicMs()
    const post = request(`${to}/hooks/okta`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () =>
        resolve({ number, atMs, status: answer.statusCode ?? 0, answeredMs: readMonotonicMs() - atMs }),
      )
    })
    post.once('error', reject)
    post.end(body)
  })
}

/** Until nothing is open any more, or half a minute has gone. */
export async function waitUntilQuiet(hubUrl: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const text = await (await fetch(`${hubUrl}/metrics`)).text()
    if (/bellhop_deliveries_open\{status="pending"\} 0\n/.test(text)) return
    await sleep(100)
  }
}

type Finding = { person: Sent; writtenMs: number; vendorMs: number; calls: VendorCall[] }

type Summary = Omit<Lockout, 'processorMs'>

function summarise({ pace, sent, calls }: { pace: LockoutPace; sent: Sent[]; calls: VendorCall[] }): Summary {
  const byPerson = Map.groupBy(calls, ({ url }) => Number(/bench(\d{8})/.exec(url)?.[1] ?? -1))
  const all = sent.map((person) => findWrite(person, byPerson.get(person.number) ?? []))
  const findings = all.filter(({ writtenMs }) => Number.isFinite(writtenMs))
  const isTwo = ({ person }: Finding) => person.number % secondAccountEvery === 0
  return {
    hooksPerSecond: pace.hooksPerSecond,
    people: sent.length,
    notWritten: all.length - findings.length,
    overheadMs: quantiles(findings.map(({ writtenMs, vendorMs }) => writtenMs - vendorMs)),
    wholeMs: quantiles(findings.map(({ writtenMs }) => writtenMs)),
    acknowledgedMs: quantiles(sent.map(({ answeredMs }) => answeredMs)),
    calls: { one: countCalls(findings.filter((one) => !isTwo(one))), two: countCalls(findings.filter(isTwo)) },
  }
}

function findWrite(person: Sent, calls: VendorCall[]): Finding {
  const written = Math.max(...calls.filter(({ method }) => method === 'PATCH').map(({ startMs }) => startMs))
  const before = calls.filter(({ startMs }) => startMs < written)
  return { person, writtenMs: written - person.atMs, vendorMs: measureCovered(before, written), calls }
}

/** How long at least one call was at a vendor: calls side by side count once. */
function measureCovered(calls: readonly VendorCall[], untilMs: number): number {
  let total = 0
  let reached = 0
  for (const { startMs, endMs } of [...calls].sort((a, b) => a.startMs - b.startMs)) {
    const end = Math.min(endMs, untilMs)
    total += Math.max(end - Math.max(startMs, reached), 0)
    reached = Math.max(reached, end)
  }
  return total
}

function countCalls(findings: readonly Finding[]): CallCount[] {
  const counts = findings.map(({ calls }) => Map.groupBy(calls, nameOf))
  const names = [...new Set(counts.flatMap((count) => [...count.keys()]))].sort()
  return names.map((call) => {
    const each = counts.map((count) => count.get(call)?.length ?? 0)
    return { call, median: median(each), most: Math.max(...each) }
  })
}

/** A call without whom it is about. */
function nameOf({ vendor, method, url }: VendorCall): string {
  const [path = '', query = ''] = url.split('?')
  const about = path.replace(/\/api\/v[12]/, '').replace(/\/users\/[^/]+/, '/users/:id')
  return `${vendor} ${method} ${about}${query && /\/users$/.test(about) ? '?search' : ''}`
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b)
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? Number.NaN }
}
