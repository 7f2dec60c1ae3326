import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../../src/journal/index.ts'
import type { HubProcess } from '../hub-process.ts'
import { type ApiClient, makeApiClient } from './api-client.ts'
import { type CarriedOut, countCarriedOut } from './carried-out.ts'
import type { Server } from './database.ts'
import { fillJournal } from './growth-rows.ts'
import { makeBenchToken, startInstantHub } from './instant-hub-process.ts'
import { percentile } from './measures.ts'
import { withDatabase } from './with-database.ts'

export type BatchPace = {
  /** Deliveries to replay, each of a person of its own. */
  replayRows: number
  /** A SIGKILL comes each time that so many more rows are carried out. */
  replayKillEvery: number
  /** Calls a second that the connector's budget has; a row that calls nobody counts as one. */
  replayBudget: number
  replayPatienceSeconds: number
}

export type Batch = {
  rows: number
  /** Calls a second. */
  budget: number
  kills: number
  planSeconds: number
  /** From the first row's turn to the last row, by the database's clock: with every kill and restart in it. */
  applySeconds: number
  perSecond: number
  /** Of the budget. */
  share: number
  /** From a SIGKILL until the next row was carried out; NaN: there was none. */
  awayP50Ms: number
  awayMostMs: number
  /** From the end of the batch until nothing of it was due any more. */
  drainSeconds: number
  outcome: CarriedOut
}

/** Replays many deliveries as one batch of a real hub that is killed again and again, with vendors that answer at once. */
export async function measureBatch(server: Server, pace: BatchPace): Promise<Batch> {
  const { replayRows: rows } = pace
  const databaseUrl = await server.create('bench_batch')
  return withDatabase(databaseUrl, async (sql) => {
    await fillJournal(sql, { rows, people: rows, leavers: false, status: 'failed' })
    await sql`analyze`
    const token = await makeBenchToken(sql, 'operator')
    const start = () => startInstantHub(server, { databaseUrl, callsPerSecond: pace.replayBudget })
    let hub = await start()
    try {
      const { id, planSeconds } = await planAndApply(makeApiClient(hub.url, token), pace)
      const awaysMs: number[] = []
      await carryOut(sql, id, {
        ...pace,
        kill: async () => {
          const { hub: next, awayMs } = await killAndWait(sql, id, { hub, start, pace })
          hub = next
          awaysMs.push(awayMs)
        },
      })
      const drainSeconds = await waitUntilDrained(sql, pace)
      const applySeconds = await readApplySeconds(sql, id)
      const outcome = await countCarriedOut(sql, id)
      return { rows, planSeconds, drainSeconds, outcome, ...summariseBatch({ rows, applySeconds, awaysMs, ...pace }) }
    } finally {
      await hub.stop()
    }
  })
}

type Measured = { rows: number; applySeconds: number; replayBudget: number; awaysMs: readonly number[] }

/** What was reached of the budget, and how long nothing was carried out after a SIGKILL. */
export function summariseBatch({ rows, applySeconds, replayBudget, awaysMs }: Measured) {
  const sorted = [...awaysMs].sort((a, b) => a - b)
  const perSecond = rows / applySeconds
  return {
    ...{ budget: replayBudget, kills: awaysMs.length, applySeconds, perSecond, share: perSecond / replayBudget },
    ...{ awayP50Ms: percentile(sorted, 0.5), awayMostMs: percentile(sorted, 1) },
  }
}

/** Above what the budget allows, so that the budget is what paces. */
const widestPace = 1000

/** Freezes all that failed into a batch, waits for its plan, and applies it. */
async function planAndApply(api: ApiClient, { replayPatienceSeconds }: BatchPace) {
  const startedAt = performance.now()
  const wish = { act: 'replay', name: 'bench', filter: { status: 'failed' } }
  const { id } = await api.post<{ id: string }>('/api/v1/batches', wish)
  const readPlan = () => api.get<{ planHash: string | null; planned: number }>(`/api/v1/batches/${id}`)
  let found = await readPlan()
  const isMoving = makePatience(replayPatienceSeconds)
  while (found.planHash === null) {
    isMoving(found.planned, 'Rows are planned no more')
    await sleep(250)
    found = await readPlan()
  }
  const planSeconds = (performance.now() - startedAt) / 1000
  tell(`planned in ${planSeconds.toFixed(0)} s`)
  await api.post(`/api/v1/batches/${id}/apply`, { reason: 'bench', planHash: found.planHash, pace: widestPace })
  return { id, planSeconds }
}

type Carrying = BatchPace & { kill(): Promise<void> }

/** Kills the hub at each multiple of the step that the batch gets to, until all rows are over. */
async function carryOut(sql: Sql, id: string, { kill, ...pace }: Carrying): Promise<void> {
  const { replayRows, replayKillEvery, replayPatienceSeconds } = pace
  const isMoving = makePatience(replayPatienceSeconds)
  for (let next = replayKillEvery; ; ) {
    const { over, isDone } = await readProgress(sql, id)
    if (isDone) return
    isMoving(over, 'Rows are carried out no more')
    if (over >= next && next < replayRows) {
      await kill()
      tell(`killed at ${over} rows`)
      next += replayKillEvery
    } else await sleep(20)
  }
}

type Kill = { hub: HubProcess; start(): Promise<HubProcess>; pace: BatchPace }

/** SIGKILL, another hub at once, and the wait until that one has carried out a row. */
async function killAndWait(sql: Sql, id: string, { hub, start, pace }: Kill) {
  await hub.stop('SIGKILL')
  const killedAt = performance.now()
  const { over: before } = await readProgress(sql, id)
  const next = await start()
  const isMoving = makePatience(pace.replayPatienceSeconds)
  for (;;) {
    const { over, isDone } = await readProgress(sql, id)
    if (over > before || isDone) return { hub: next, awayMs: performance.now() - killedAt }
    isMoving(over, 'After a SIGKILL no row was carried out')
    await sleep(20)
  }
}

async function readProgress(sql: Sql, id: string): Promise<{ over: number; isDone: boolean }> {
  const [row] = await sql<{ over: number; isDone: boolean }[]>`
    select carried_out + came_back + left_alone as over, state = 'done' as "isDone" from hub.batch where id = ${id}`
  if (!row) throw new Error(`There is no batch ${id}.`)
  return row
}

async function readApplySeconds(sql: Sql, id: string): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select extract(epoch from ended_at - begun_at)::float8 as seconds from hub.batch where id = ${id}`
  return row?.seconds ?? Number.NaN
}

/** Waits until the hub has run all that the batch made due, and returns how many seconds that took. */
async function waitUntilDrained(sql: Sql, { replayPatienceSeconds }: BatchPace): Promise<number> {
  const startedAt = performance.now()
  const isMoving = makePatience(replayPatienceSeconds)
  for (;;) {
    const [row] = await sql<{ left: number }[]>`
      select count(*)::int as left from hub.delivery where next_attempt_at is not null or status = 'pending'`
    if (row?.left === 0) return (performance.now() - startedAt) / 1000
    isMoving(row?.left ?? 0, 'Deliveries stay due')
    await sleep(250)
  }
}

/** Throws when a number has stayed the same for so long. */
function makePatience(seconds: number): (value: number, what: string) => void {
  let last = { value: Number.NaN, at: performance.now() }
  return (value, what) => {
    if (value !== last.value) last = { value, at: performance.now() }
    if (performance.now() - last.at > seconds * 1000) throw new Error(`${what}: ${value} for ${seconds} s.`)
  }
}

function tell(what: string): void {
  process.stderr.write(`batch: ${what}\n`)
}
