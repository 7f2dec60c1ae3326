import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { defaultBatchPolicy, defaultPolicy } from '../../src/core/policy.ts'
import { defaultSchedule } from '../../src/core/schedule.ts'
import { makeRoutedEvent } from '../../src/events/new-event.ts'
import { makeHub } from '../../src/hub.ts'
import { type Journal, makeJournal } from '../../src/journal/index.ts'
import { openDatabase } from '../../src/node/postgres/database.ts'
import { defaultBatchTiming, makeBatchWork } from '../../src/operate/batches/batch-work.ts'
import { applyBatch } from '../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../src/operate/batches/plan-batch.ts'
import { makePlannedActs } from '../../src/operate/batches/planned-acts.ts'
import { makeEnvironment, type TenantAddresses } from '../environment.ts'
import { startHubProcess } from '../hub-process.ts'
import { findHeld, sendLeavers, sendWave } from './bulkheads.ts'
import type { Server } from './database.ts'
import { instantAuthority, instantTarget } from './instant-connectors.ts'
import { type Quantiles, quantiles, waitUntilQuiet } from './lockout.ts'
import { personNumber } from './request-bodies.ts'
import type { TenantsOptions } from './tenants.ts'
import { startWorker } from './worker-process.ts'

export type BudgetPace = {
  /** Rows of the batch beside which people leave, and of the one through connectors that call nobody. */
  batchRows: number
  leavers: number
}

export type Budget = {
  callsPerSecond: number
  /** From the hook until the PATCH was answered: with nothing else to do, and while the batch is carried out. */
  aloneMs: Quantiles
  besideMs: Quantiles
  notHeld: number
  /** Rows that were carried out from the first leaver to the last. */
  rowsBeside: number
  /** Of the batch through connectors that call nobody. */
  rows: number
  rowsPerSecond: number
}

const callsPerSecond = 400
const note = { by: 'bench', role: 'administrator', way: 'cli', reason: 'bench' } as const
/** Above what the budget allows, so that the budget is what paces. */
const rowsPerSecond = 1000

/** How a lockout fares beside bulk work, and how near bulk work comes to its budget. */
export async function measureBudget(server: Server, pace: BudgetPace): Promise<Budget> {
  const beside = await measureBeside(await server.create('bench_budget_beside'), pace)
  const free = await measureFree(await server.create('bench_budget_free'), pace)
  return { callsPerSecond, ...beside, ...free }
}

/** The hub as shipped, in a process of its own, replays what it once did while people leave. */
async function measureBeside(databaseUrl: string, { batchRows, leavers }: BudgetPace) {
  const options: TenantsOptions = {
    people: 2 * leavers + batchRows,
    ...{ secondAccountEvery: Number.POSITIVE_INFINITY, stay: true, accounts: 2 * leavers },
    // Wide limits of the vendors': the hub's own is what paces.
    burst: 100_000,
  }
  const tenants = await startWorker('tenants.ts', { options })
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-bench-hub-'))
  const addresses = tenants.hello as TenantAddresses
  const paced = `okta:${callsPerSecond},auth0:${callsPerSecond}`
  const settings = { HUB_BRAKE_PEOPLE: '0', DATABASE_URL: databaseUrl, HUB_CALLS_PER_SECOND: paced }
  const hub = await startHubProcess({ cwd: folder, env: { ...makeEnvironment(addresses), ...settings } })
  const database = await openDatabase({ settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: 2 }, log: silentLog })
  const journal = makeJournal(database.sql)
  try {
    const way = { from: addresses.okta.url, to: hub.url }
    const type = 'user.account.update_profile'
    // The leavers are people whom the hub knows, and whom the batch is not about: it would find out before their hooks.
    await sendWave({ ...way, type, first: 0, count: 2 * leavers })
    await waitUntilQuiet(hub.url)
    const since = new Date().toISOString()
    await sendWave({ ...way, type, first: 2 * leavers, count: batchRows })
    await waitUntilQuiet(hub.url)
    const leave = (first: number) =>
      tenants.ask({ leave: Array.from({ length: leavers }, (_, i) => personNumber(first + i).oktaId) })
    await leave(0)
    const alone = await findHeld(await sendLeavers(leavers, { ...way, first: 0 }), tenants)
    const id = await plan(journal, { since, goOn: () => sleep(200) })
    await apply(journal, id)
    const carriedOut = async () => (await journal.batches.readBatch(id))?.done.carriedOut ?? Number.NaN
    while ((await carriedOut()) === 0) await sleep(50)
    const before = await carriedOut()
    await leave(leavers)
    const sent = await sendLeavers(leavers, { ...way, first: leavers })
    const rowsBeside = (await carriedOut()) - before
    const beside = await findHeld(sent, tenants)
    const notHeld = 2 * leavers - alone.length - beside.length
    return { aloneMs: quantiles(alone), besideMs: quantiles(beside), notHeld, rowsBeside }
  } finally {
    await database.close()
    await hub.stop()
    await tenants.end()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Replays through connectors that call nobody: a row counts as one call. */
async function measureFree(databaseUrl: string, { batchRows }: BudgetPace) {
  const concurrency = 16
  const database = await openDatabase({
    settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: concurrency },
    log: silentLog,
  })
  const [outboundSeconds, callSeconds, leaseSeconds] = [10, 300, 30]
  const hub = makeHub({
    ...{ sql: database.sql, ingestSql: database.ingestSql, clock: systemClock, log: silentLog, concurrency },
    random: Math.random,
    connectors: [instantAuthority, instantTarget].map((connector) => ({
      ...{ id: connector.id, connector, config: {} },
      ...(connector.id === 'target' ? { callsPerSecond } : {}),
    })),
    timing: {
      ...{ outboundSeconds, callSeconds, leaseSeconds, renewSeconds: 10, pollSeconds: 1, probeSeconds: 60 },
      schedule: defaultSchedule,
    },
    policy: { ...defaultPolicy, brake: { people: 0, percent: 0, minutes: 10 } },
  })
  const { journal, installed } = hub
  const work = makeBatchWork({
    ...{
      journal,
      installed,
      policy: defaultBatchPolicy,
      raiseAlert: hub.raiseAlert,
      clock: systemClock,
      log: silentLog,
    },
    acts: makePlannedActs({ journal, installed, clock: systemClock }),
    timing: defaultBatchTiming,
  })
  try {
    hub.drain.start()
    for (let first = 0; first < batchRows; first += 100) {
      await journal.queue.ingest(listLeavings({ installed, first, count: Math.min(100, batchRows - first) }))
      hub.drain.nudge()
    }
    while ((await journal.records.measureQueue()).deliveries.some(({ status }) => status === 'pending')) await sleep(50)
    const id = await plan(journal, { goOn: () => work.runTurn() })
    await apply(journal, id)
    const startedAt = performance.now()
    // What is made due is worked beside the batch, as in a hub.
    const nudging = setInterval(hub.drain.nudge, 20)
    while (await work.runTurn(id));
    const seconds = (performance.now() - startedAt) / 1000
    clearInterval(nudging)
    return { rows: batchRows, rowsPerSecond: batchRows / seconds }
  } finally {
    await work.stop()
    await hub.drain.stop()
    await database.close()
  }
}

type Leavings = { installed: ReturnType<typeof makeHub>['installed']; first: number; count: number }

function listLeavings({ installed, first, count }: Leavings) {
  return Array.from({ length: count }, (_, i) => {
    const person = { source: 'okta', authorityId: personNumber(first + i).oktaId }
    const draft = { source: 'okta', type: 'user.lifecycle.deactivate', hint: 'deny' as const, person, data: {} }
    return makeRoutedEvent(draft, { clock: systemClock, installed })
  })
}

/** Freezes what has been delivered since then, and returns when it is planned. */
async function plan(
  journal: Journal,
  { since, goOn }: { since?: string; goOn: () => Promise<unknown> },
): Promise<string> {
  const of = { act: 'replay', filter: { kind: 'sync', ...(since ? { since } : {}) } } as const
  const { id } = await planBatch({ journal, clock: systemClock }, { note, name: 'bench', of })
  while (!(await journal.batches.readBatch(id))?.planHash) await goOn()
  return id
}

async function apply(journal: Journal, id: string): Promise<void> {
  const planHash = (await journal.batches.readBatch(id))?.planHash ?? ''
  const policy = { fourEyesPeople: 0 }
  await applyBatch({ journal, policy }, { ...note, eyes: 'override', id, planHash, pace: rowsPerSecond })
}
