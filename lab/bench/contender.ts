import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import postgres from 'postgres'
import { z } from 'zod'
import { createApp } from '../../src/app.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { ConfiguredConnector } from '../../src/core/policy.ts'
import { defaultSchedule } from '../../src/core/schedule.ts'
import { makeHub } from '../../src/hub.ts'
import { accept, defineConnector } from '../../src/index.ts'
import { makeReceive } from '../../src/intake/receive.ts'
import { driverTypes, makeJournal, type Sql } from '../../src/journal/index.ts'
import { makeLogger } from '../../src/node/logger.ts'
import { parseConnectionUrl } from '../../src/node/postgres/connection-url.ts'
import { openDatabase } from '../../src/node/postgres/database.ts'
import { configureSource, type LumosConfig, lumos, okta } from '../../src/sources/index.ts'
import bareRoute from '../edge/bare-worker.ts'
import { hookSecret } from '../environment.ts'
import { instantAuthority, instantTarget } from './instant-connectors.ts'
import { readProcessorTime } from './processor-time.ts'
import { inlinePath, orgUrl } from './request-bodies.ts'
import { serveQuestions } from './worker-process.ts'

export type ContenderOptions = {
  /**
   * `echo`: parse and answer, no journal. `single`: the hub, one transaction for each request. `hub`: as shipped.
   * `askEcho` and `ask`: the same two for an inline question. `bare`: answer, and look at nothing.
   */
  kind: 'echo' | 'askEcho' | 'single' | 'hub' | 'ask' | 'bare'
  databaseUrl: string
  /** Whether an event causes a sync delivery, and whether the drain works it. */
  routed: boolean
  drained: boolean
}

/** `settle`: a hub that does not drain is to drain from now on, and to answer when nothing is due any more. */
export type ContenderQuestion = { settle?: boolean }

/** What a contender says when it is asked. */
export type ContenderState = {
  pending: number
  ownMs: number
  databaseMs: number | null
  settledSeconds: number | null
}

const instantAnswer = defineConnector({ id: 'target', validate: () => accept() })

const lumosConfig = lumos.config.parse({ LUMOS_HOOK_SECRETS: `target/validate:${hookSecret}` }) as Parameters<
  typeof configureSource<LumosConfig>
>[1]['config']

const options: ContenderOptions = JSON.parse(process.argv[2] ?? '{}')
const contender = await start()
if (!contender.server.listening) await once(contender.server, 'listening')
const address = contender.server.address()
serveQuestions<ContenderQuestion>(
  { port: typeof address === 'object' ? address?.port : 0 },
  async ({ settle = false }): Promise<ContenderState> => ({
    settledSeconds: settle ? await contender.settle() : null,
    pending: await contender.pending(),
    ...(await readProcessorTime(contender.sql)),
  }),
  contender.close,
)

type Running = {
  server: ServerType
  sql: Sql | null
  pending(): Promise<number>
  /** Works off all that is due, and returns how many seconds that took. */
  settle(): Promise<number>
  close(): Promise<void>
}

async function start(): Promise<Running> {
  if (options.kind === 'bare') return serveAlone(bareRoute.fetch)
  return options.kind === 'echo' || options.kind === 'askEcho' ? startEcho() : startHub(options)
}

/** A server without a journal. */
function serveAlone(fetch: Hono['fetch']): Running {
  return { server: listen(fetch), sql: null, pending: async () => 0, settle: async () => 0, close: async () => {} }
}

function startEcho(): Running {
  const hook = z.looseObject({
    source: z.url(),
    eventId: z.string(),
    eventTime: z.iso.datetime(),
    data: z.object({
      events: z.array(
        z.looseObject({
          uuid: z.string(),
          published: z.iso.datetime(),
          eventType: z.string(),
          target: z.array(z.looseObject({ id: z.string(), type: z.string() })),
        }),
      ),
    }),
  })
  const app = new Hono()
    .post('/hooks/okta', async (c) => c.json(hook.parse(await c.req.json())))
    .post(inlinePath, async (c) => c.json(inlineBody.parse(await c.req.json())))
  return serveAlone(app.fetch)
}

/** What the hub reads of a question, for the echo that does no more than that. */
const inlineBody = z.looseObject({
  application: z.looseObject({ app_id: z.string(), instance_id: z.string(), user_friendly_label: z.string() }),
  permissions: z.array(z.looseObject({ label: z.string(), value: z.string(), source: z.string() })),
  target_user: z.looseObject({ email: z.email() }),
  access_length: z.number().nullable(),
  request_task_url: z.url().nullable(),
})

async function startHub({ kind, databaseUrl, routed, drained }: ContenderOptions): Promise<Running> {
  const log = makeLogger({ level: 'info', secrets: [hookSecret] })
  const concurrency = 16
  const database = await openDatabase({ settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: concurrency }, log })
  const installed = kind === 'ask' ? [instantAnswer] : routed ? [instantAuthority, instantTarget] : []
  const connectors: ConfiguredConnector[] = installed.map((connector) => ({ id: connector.id, connector, config: {} }))
  const timing = {
    outboundSeconds: 10,
    callSeconds: 300,
    leaseSeconds: 30,
    renewSeconds: 10,
    pollSeconds: 1,
    probeSeconds: 60,
  }
  const hub = makeHub({
    sql: database.sql,
    ingestSql: database.ingestSql,
    connectors,
    timing: { ...timing, schedule: defaultSchedule },
    concurrency,
    clock: systemClock,
    log,
    random: Math.random,
  })
  // As many connections as the hub has for its deliveries, with prepared statements as its journaling has.
  const single = kind === 'single' ? openPool(databaseUrl, 20) : null
  const alone = (sql: Sql) =>
    makeReceive({
      ...hub,
      ingest: makeJournal(sql).queue.ingest,
      clock: systemClock,
      nudge: hub.drain.nudge,
    })
  const config = { OKTA_ORG_URL: orgUrl, OKTA_HOOK_SECRETS: [hookSecret], OKTA_HOOK_HEADER: 'authorization' }
  const app = createApp({
    sources: [
      configureSource(okta, { id: 'okta', config }),
      configureSource(lumos, { id: 'lumos', config: lumosConfig }),
    ],
    receive: single ? alone(single) : hub.receive,
    inline: hub.inline,
    clock: systemClock,
    log,
    journalTimeoutSeconds: 2.4,
    ready: database.ready,
    measure: hub.journal.records.measureQueue,
  })
  if (drained || !routed) hub.drain.start()
  return {
    server: listen(app.fetch),
    sql: database.sql,
    pending: async () => {
      const { deliveries } = await hub.journal.records.measureQueue()
      return deliveries.find(({ status }) => status === 'pending')?.count ?? 0
    },
    settle: async () => {
      const startedAt = performance.now()
      hub.drain.start()
      while (await isAnyDue(database.sql)) await sleep(10)
      return (performance.now() - startedAt) / 1000
    },
    close: async () => {
      await hub.drain.stop()
      await Promise.all([database.close(), single?.end()])
    },
  }
}

/** By key, as the hub itself looks: a look that reads all lanes would be most of what it measures. */
async function isAnyDue(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`select hub.oldest_due() is not null as due`
  return row?.due ?? false
}

function openPool(databaseUrl: string, max: number): Sql {
  const { url, options } = parseConnectionUrl(databaseUrl)
  return postgres(url, { ...options, max, fetch_types: false, types: driverTypes, onnotice: () => {} })
}

function listen(fetch: Hono['fetch']): ServerType {
  return serve({ fetch, port: 0, hostname: '127.0.0.1' })
}
