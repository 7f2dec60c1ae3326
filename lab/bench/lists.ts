import type { Sql } from '../../src/journal/index.ts'
import { type ApiClient, makeApiClient } from './api-client.ts'
import type { Server } from './database.ts'
import { type Fill, fillJournal } from './growth-rows.ts'
import { makeBenchToken, startInstantHub } from './instant-hub-process.ts'
import { findSome, type ListRoute, listRoutes } from './list-routes.ts'
import { fillLists } from './list-rows.ts'
import { percentile } from './measures.ts'
import { withDatabase } from './with-database.ts'

export type ListPace = {
  /** Deliveries; of every ten one is another person's. */
  listRows: number
  /** How often each route is asked. */
  listAsks: number
}

/** Less what `/healthz` takes at the median. */
export type ListMeasure = { name: string; p50Ms: number; p95Ms: number }

export type Lists = {
  rows: number
  people: number
  asks: number
  fillSeconds: number
  /** What `/healthz` takes, in the same turns. */
  bareMs: number
  routes: ListMeasure[]
}

/** What the API takes to answer lists and searches in a large journal, over HTTP at a real hub, one at a time. */
export async function measureLists(server: Server, { listRows: rows, listAsks: asks }: ListPace): Promise<Lists> {
  const people = Math.max(100, Math.floor(rows / 10))
  const databaseUrl = await server.create('bench_lists')
  return withDatabase(databaseUrl, async (sql) => {
    const startedAt = performance.now()
    await fill(sql, { rows, people, connectorOf })
    const fillSeconds = (performance.now() - startedAt) / 1000
    tell(`filled in ${fillSeconds.toFixed(0)} s`)
    const token = await makeBenchToken(sql, 'admin')
    const routes = listRoutes(await findSome(sql))
    const hub = await startInstantHub(server, { databaseUrl })
    try {
      const times = await timeEach(makeApiClient(hub.url, token), [bare, ...routes], asks)
      return { rows, people, asks, fillSeconds, ...summariseLists(times) }
    } catch (thrown) {
      await hub.stop()
      tell(hub.log.slice(-5).join('\n'))
      throw thrown
    } finally {
      await hub.stop()
    }
  })
}

/** Of ten deliveries one is at the second connector, and of a hundred thousand at the third. */
function connectorOf(number: number): string {
  if (number % 100_000 === 1) return 'rare'
  return number % 10 === 3 ? 'second' : 'target'
}

/** As autovacuum leaves it. */
async function fill(sql: Sql, filled: Fill): Promise<void> {
  await fillJournal(sql, filled, (done) => done % 200_000 === 0 && tell(`${done} rows`))
  await fillLists(sql, filled)
  await sql`vacuum (analyze)`
}

const bare: ListRoute = { name: '/healthz', path: '/healthz' }

type Times = ReadonlyMap<string, readonly number[]>

/** Each route in turn, again and again, so that noise hits all alike. The first two rounds warm up. */
async function timeEach(api: ApiClient, routes: readonly ListRoute[], asks: number): Promise<Times> {
  const times = new Map<string, number[]>()
  for (let round = -warmUps; round < asks; round++) {
    for (const { name, path } of routes) {
      const startedAt = performance.now()
      await api.get(path)
      const ms = performance.now() - startedAt
      if (round >= 0) times.set(name, [...(times.get(name) ?? []), ms])
    }
    if (round % 10 === 0) tell(`round ${round} of ${asks}`)
  }
  return times
}

const warmUps = 2

/** Quantiles of each route, less the median of the route that asks no database. */
export function summariseLists(times: Times): Pick<Lists, 'bareMs' | 'routes'> {
  const sorted = new Map([...times].map(([name, each]) => [name, [...each].sort((a, b) => a - b)]))
  const bareMs = percentile(sorted.get(bare.name) ?? [], 0.5)
  sorted.delete(bare.name)
  const less = (ms: number) => Math.max(0, ms - bareMs)
  const routes = [...sorted].map(([name, each]) => ({
    name,
    p50Ms: less(percentile(each, 0.5)),
    p95Ms: less(percentile(each, 0.95)),
  }))
  return { bareMs, routes }
}

function tell(what: string): void {
  process.stderr.write(`lists: ${what}\n`)
}
