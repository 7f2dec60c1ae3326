import { randomUUID } from 'node:crypto'
import { type ServerType, serve } from '@hono/node-server'
import postgres from 'postgres'
import { connectors as installedConnectors } from '../../connectors/index.ts'
import { hookSecret, makeEnvironment, registerEventHook } from '../../lab/environment.ts'
import type { Tenants } from '../../lab/simulators/seed.ts'
import { createApp } from '../../src/app.ts'
import { readConfiguration } from '../../src/config/configuration.ts'
import { type Clock, systemClock } from '../../src/core/clock.ts'
import type { Connector } from '../../src/core/connector.ts'
import { readBatchPolicy, readPolicy } from '../../src/core/hub-settings.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { defaultSchedule, scaleSchedule } from '../../src/core/schedule.ts'
import type { WorkScope } from '../../src/core/work-scope.ts'
import { makeLazyApi } from '../../src/http/api/lazy-api.ts'
import { type Hub, makeHub, type Timing, type UpkeepSettings } from '../../src/hub.ts'
import { driverTypes } from '../../src/journal/index.ts'
import type { Sql } from '../../src/journal/sql/sql.ts'
import { makeOutboundGuard } from '../../src/node/outbound-guard.ts'
import { makeDatabaseSockets } from '../../src/node/postgres/driver-socket.ts'
import { makePlanDeliveries } from '../../src/operate/batches/plan-deliveries.ts'
import { makeSendByGot } from '../../src/outbound/send-by-got.ts'
import type { TestDatabase } from './postgres.ts'

export const testTiming: Timing = {
  outboundSeconds: 1,
  callSeconds: 30,
  leaseSeconds: 3,
  renewSeconds: 1,
  pollSeconds: 0.05,
  probeSeconds: 0.3,
  // A later search would be a call that most tests do not expect: those that want one say when.
  schedule: {
    ...scaleSchedule(defaultSchedule, 0.01),
    searchAgainWaitsSeconds: [],
  },
}

/** Fast enough for a test; nothing comes due twice within one. */
const testUpkeep: UpkeepSettings = {
  sources: ['okta'],
  resync: true,
  silenceHours: 0,
  timing: { ...defaultUpkeepTiming, tickSeconds: 0.1, retrySeconds: 0.2, leaseSeconds: 3 },
}

export type TestHub = AsyncDisposable &
  Hub & {
    url: string
    sql: Sql
    /** Sends a hook as Okta would; a text goes out as it is. */
    post(body: unknown, headers?: Record<string, string>): Promise<Response>
    /** Installs a verified event hook for these types at the simulated org, and returns its id. */
    subscribe(...types: string[]): Promise<string>
    /** Every delivery, the oldest first. */
    deliveries(): Promise<{ id: string; kind: string; status: string; attempts: number; lastError: string | null }[]>
    /** The types of the alerts raised so far. */
    alerts(): Promise<string[]>
  }

export type HubOptions = {
  /** Its connection may also lead through a pooler. */
  db: Omit<TestDatabase, 'connection'> & { connection: object }
  tenants: Tenants
  timing?: Partial<Timing>
  /** Environment variables, beside those that point at the tenants. */
  settings?: Record<string, string>
  connectors?: readonly Connector[]
  concurrency?: number
  journalTimeoutSeconds?: number
  /** Left out: the system's. */
  clock?: Clock
  /** What the hub and its connectors say; left out: it goes nowhere. */
  log?: Log
  /** What carries ids along to calls and log lines. */
  scope?: WorkScope
  /** Left out: the hub looks after no source by itself. */
  upkeep?: Partial<UpkeepSettings>
  /** False: nothing runs by itself; a test drives the hub in slices. */
  runs?: boolean
  /** Told of the lanes that something woke. */
  onWoken?: (lanes: readonly string[]) => void
}

/** A hub in this process, over real HTTP on a free port, put together as the Node door does it. */
export async function startHub(options: HubOptions): Promise<TestHub> {
  const {
    db,
    tenants,
    concurrency = 8,
    connectors = installedConnectors,
    clock = systemClock,
    log = silentLog,
  } = options
  const read = readConfiguration({ ...makeEnvironment(tenants), ...options.settings }, connectors)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  const sql = postgres({
    ...db.connection,
    ...{ socket: makeDatabaseSockets({ tls: 'off', patience: { silenceSeconds: 10 } }) },
    max: concurrency + 4,
    fetch_types: false,
    types: driverTypes,
    onnotice: () => {},
  })
  const hub = makeHub({
    sql,
    connectors: read.configuration.connectors,
    timing: { ...testTiming, ...options.timing },
    concurrency,
    clock,
    log,
    ...(options.scope ? { scope: options.scope } : {}),
    random: Math.random,
    policy: readPolicy(read.configuration.hub),
    guard: makeOutboundGuard({ allow: read.configuration.hub.HUB_OUTBOUND_ALLOW }),
    ...(options.onWoken ? { onWoken: options.onWoken } : {}),
    send: makeSendByGot(),
    ...(options.upkeep ? { upkeep: { ...testUpkeep, ...options.upkeep } } : {}),
  })
  const { brake } = readPolicy(read.configuration.hub)
  const scoped = options.scope ? { scope: options.scope } : {}
  const planDeliveries = makePlanDeliveries({ ...hub, clock, ...scoped })
  const batches = { policy: readBatchPolicy(read.configuration.hub), planDeliveries }
  const app = createApp({
    api: makeLazyApi({ ...hub, beginResync: hub.upkeep.beginResync, clock, log, brake, batches, ...scoped }),
    sources: read.configuration.sources,
    receive: hub.receive,
    inline: hub.inline,
    clock,
    watch: hub.watch,
    log,
    ...scoped,
    journalTimeoutSeconds: options.journalTimeoutSeconds ?? 2,
    ready: async () => {
      await sql`select 1`
      await hub.assertWritable()
    },
    measure: hub.journal.records.measureQueue,
    meter: hub.meter,
    metricsToken: read.configuration.hub.HUB_METRICS_TOKEN,
  })
  const server: ServerType = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  const url = `http://127.0.0.1:${await portOf(server)}`
  if (options.runs ?? true) {
    hub.drain.start()
    hub.upkeep.start()
  }
  return {
    ...hub,
    url,
    sql,
    post: (body, headers) => postHook({ url, body, ...(headers ? { headers } : {}) }),
    subscribe: (...types) => registerEventHook(tenants.okta, { url: `${url}/hooks/okta`, types }),
    deliveries: () =>
      sql`select id, kind, status, attempts, last_error as "lastError" from hub.delivery order by seq`.then((rows) => [
        ...(rows as unknown as Awaited<ReturnType<TestHub['deliveries']>>),
      ]),
    alerts: async () =>
      (await sql`select type from hub.event where type like 'hub.alert.%' order by id`).map((row) => String(row.type)),
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all([hub.upkeep.stop(), hub.drain.stop(), hub.inline.stop()])
      await sql.end({ timeout: 5 })
    },
  }
}

async function portOf(server: ServerType): Promise<number> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The hub listens on no TCP port')
  return address.port
}

/** Posts one hook with the right secret. */
export function postHook({
  url,
  body,
  headers,
}: {
  url: string
  body: unknown
  headers?: Record<string, string>
}): Promise<Response> {
  return fetch(`${url}/hooks/okta`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: hookSecret, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

type UserEvent = { type: string; userId: string; published?: string; uuid?: string }

/** One event about one person, with no more in it than the hub looks at. */
export function userEvent({ type, userId, published, uuid }: UserEvent) {
  return {
    uuid: uuid ?? randomUUID(),
    published: published ?? new Date().toISOString(),
    eventType: type,
    target: [{ id: userId, type: 'User', alternateId: 'someone@acme-demo.test' }],
  }
}

/** An envelope around events, from the configured org unless said otherwise. */
export function oktaHook(events: unknown[], { org, eventId }: { org?: string; eventId?: string } = {}) {
  return {
    eventType: 'com.okta.event_hook',
    ...(org === undefined ? {} : { source: `${org}/api/v1/eventHooks/whoexample7Qm2LdT5d7` }),
    eventId: eventId ?? randomUUID(),
    data: { events },
  }
}
