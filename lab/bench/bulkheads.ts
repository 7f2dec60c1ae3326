import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hookSecret, makeEnvironment, type TenantAddresses } from '../environment.ts'
import { startHubProcess } from '../hub-process.ts'
import type { Server } from './database.ts'
import { type Quantiles, quantiles, type Sent, sendHook, waitUntilQuiet } from './lockout.ts'
import { sendSteadily } from './measures.ts'
import { personNumber, waveBody } from './request-bodies.ts'
import type { TenantsOptions, VendorCall } from './tenants.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

export type BulkheadPace = {
  /** Deliveries that wait when the lockouts come. */
  waiting: number
  leavers: number
}

export type Bulkheads = { situations: Measured[] }

type Measured = {
  name: string
  /** Deliveries that were open when the first and when the last leaver's hook went out. */
  openBefore: number
  openAfter: number
  lockouts: number
  notHeld: number
  /** From the hook's first byte until Auth0 had answered the PATCH of the person. */
  heldMs: Quantiles
  /** How long Auth0 took to answer a call, on this machine. */
  auth0Ms: Quantiles
}

type Situation = {
  name: string
  /** The event type of the wave that waits. */
  type: string
  /** Connectors that get the wave and whose vendor takes every call and never answers. */
  hanging: number
  /** Whether the authority knows the people of the wave. */
  arePeople: boolean
  delayMs: number
}

const situations: readonly Situation[] = [
  {
    name: 'behind routine deliveries of the same connector, Auth0 answers in 100 ms',
    ...{ type: 'user.account.update_profile', hanging: 0, arePeople: true, delayMs: 100 },
  },
  {
    name: 'while another connector hangs',
    ...{ type: 'user.session.start', hanging: 1, arePeople: false, delayMs: 0 },
  },
  {
    name: 'while three others hang that have denials due',
    ...{ type: 'user.lifecycle.suspend', hanging: 3, arePeople: false, delayMs: 0 },
  },
]

/** How long a lockout takes at a healthy vendor when thousands of deliveries wait: the hub as shipped, in a process of its own. */
export async function measureBulkheads(server: Server, pace: BulkheadPace): Promise<Bulkheads> {
  const measured: Measured[] = []
  for (const [i, situation] of situations.entries()) {
    measured.push(await measure(situation, { ...pace, databaseUrl: await server.create(`bench_bulkheads_${i}`) }))
  }
  return { situations: measured }
}

async function measure(
  { name, type, hanging, arePeople, delayMs }: Situation,
  { waiting, leavers, databaseUrl }: BulkheadPace & { databaseUrl: string },
): Promise<Measured> {
  const options: TenantsOptions = {
    people: leavers + (arePeople ? waiting : 0),
    secondAccountEvery: Number.POSITIVE_INFINITY,
    ...{ stay: true, accounts: leavers, delayMs },
  }
  const [tenants, pit] = await Promise.all([startWorker('tenants.ts', { options }), startPit()])
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-bench-hub-'))
  const addresses = tenants.hello as TenantAddresses
  const settings = { HUB_BRAKE_PEOPLE: '0', DATABASE_URL: databaseUrl, ...makeRelays(hanging, { type, url: pit.url }) }
  const hub = await startHubProcess({ cwd: folder, env: { ...makeEnvironment(addresses), ...settings } })
  try {
    const from = addresses.okta.url
    // The leavers are people whom the hub knows: made-up ids would wait for them, and not they for those.
    await sendWave({ type: 'user.account.update_profile', from, to: hub.url, first: 0, count: leavers })
    await waitUntilQuiet(hub.url)
    await sendWave({ type, from, to: hub.url, first: leavers, count: waiting })
    await sleep(1000)
    const everybody = Array.from({ length: leavers }, (_, i) => personNumber(i).oktaId)
    await tenants.ask({ leave: everybody })
    const openBefore = await readOpen(hub.url)
    const sent = await sendLeavers(leavers, { from, to: hub.url })
    const openAfter = await readOpen(hub.url)
    const held = await findHeld(sent, tenants)
    const notHeld = leavers - held.length
    const calls = (await tenants.ask<VendorCall[]>({})).filter(({ vendor }) => vendor === 'auth0')
    const auth0Ms = quantiles(calls.map(({ startMs, endMs }) => endMs - startMs))
    return { name, openBefore, openAfter, lockouts: leavers, notHeld, heldMs: quantiles(held), auth0Ms }
  } finally {
    // What hangs would be waited for.
    await pit.close()
    await hub.stop()
    await tenants.end()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Instances of the connector `relay` at an address that never answers. */
function makeRelays(count: number, { type, url }: { type: string; url: string }): Record<string, string> {
  const ids = Array.from({ length: count }, (_, i) => `pit${i}`)
  if (count === 0) return {}
  const each = ids.flatMap((id) => [
    [`${id.toUpperCase()}_URL`, url],
    [
      `${id.toUpperCase()}_SECRETS`,
      `whsec_${Buffer.from('a-bench-secret-that-signs-nothing-real').toString('base64')}`,
    ],
    [`${id.toUpperCase()}_EVENTS`, type],
  ])
  return { ...Object.fromEntries(each), HUB_INSTANCES: ids.map((id) => `${id}:relay`).join(',') }
}

async function startPit(): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<{ destroy(): unknown }>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type Wave = { type: string; from: string; to: string; first: number; count: number }

const eventsOfHook = 200

/** Sends a hook about each two hundred of these people. */
export async function sendWave({ type, from, to, first, count }: Wave): Promise<void> {
  for (let done = 0; done < count; done += eventsOfHook) {
    const length = Math.min(eventsOfHook, count - done)
    const people = Array.from({ length }, (_, i) => personNumber(first + done + i))
    const headers = { authorization: hookSecret, 'content-type': 'application/json' }
    const body = waveBody({ type, people, url: from })
    const answer = await fetch(`${to}/hooks/okta`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`A wave's hook was answered ${answer.status}`)
  }
}

/** Sends the deactivation of one person a second. */
export async function sendLeavers(
  count: number,
  { first = 0, ...way }: { from: string; to: string; first?: number },
): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true })
  const sent = await sendSteadily({ count, perSecond: 1 }, (number) => sendHook(first + number, { ...way, agent }))
  agent.destroy()
  return sent
}

const giveUpSeconds = 30

/** The times in which the leavers were locked out; who is not, when half a minute has gone, is left out. */
export async function findHeld(sent: readonly Sent[], tenants: WorkerProcess): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const calls = await tenants.ask<VendorCall[]>({})
    const held = sent.flatMap(({ number, atMs }) => {
      const { oktaId } = personNumber(number)
      const write = calls.find(({ method, url }) => method === 'PATCH' && url.includes(oktaId))
      return write ? [write.endMs - atMs] : []
    })
    if (held.length === sent.length || tries === giveUpSeconds) return held
    await sleep(1000)
  }
}

async function readOpen(hubUrl: string): Promise<number> {
  const text = await (await fetch(`${hubUrl}/metrics`)).text()
  return Number(/bellhop_deliveries_open\{status="pending"\} (\d+)/.exec(text)?.[1] ?? Number.NaN)
}
