import { once } from 'node:events'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { createApp } from '../src/app.ts'
import { systemClock } from '../src/core/clock.ts'
import { defaultSchedule } from '../src/core/schedule.ts'
import { type ConfiguredConnector, makeHub } from '../src/hub.ts'
import { defineConnector } from '../src/index.ts'
import { makeJournal } from '../src/journal/journal.ts'
import type { Sql } from '../src/journal/sql.ts'
import { openDatabase } from '../src/node/database.ts'
import { makeLogger } from '../src/node/logger.ts'
import { makeReceive } from '../src/pipeline/receive.ts'
import { okta } from '../src/sources/okta.ts'
import { configureSource } from '../src/sources/source.ts'
import { hookSecret, orgUrl } from './hook-body.ts'
import { processorTime } from './processor-time.ts'
import { serveQuestions } from './worker-process.ts'

export type ContenderOptions = {
  /** `echo`: parse and answer, no journal. `single`: the hub, one transaction for each request. `hub`: as shipped. */
  kind: 'echo' | 'single' | 'hub'
  databaseUrl: string
  /** Whether an event causes a sync delivery, and whether the drain works it. */
  routed: boolean
  drained: boolean
}

/** What a contender says when it is asked. */
export type ContenderState = { pending: number; ownMs: number; databaseMs: number | null }

/** A vendor that answers at once and never differs: what remains is the hub's own work. */
const instantAuthority = defineConnector({
  id: 'okta',
  read: async ({ authorityId, now }) => ({
    authorityId,
    status: 'DEPROVISIONED',
    access: 'deny',
    statusChangedAt: null,
    emails: [],
    logins: [],
    readAt: now().toISOString(),
  }),
})
const instantTarget = defineConnector({
  id: 'target',
  sync: {
    on: ['user.lifecycle.*'],
    plan: async ({ person }) => ({ changes: [], sightings: [{ kind: 'link', value: person.authorityId }] }),
    apply: async () => {},
  },
})

const options: ContenderOptions = JSON.parse(process.argv[2] ?? '{}')
const contender = options.kind === 'echo' ? startEcho() : await startHub(options)
if (!contender.server.listening) await once(contender.server, 'listening')
const address = contender.server.address()
serveQuestions(
  { port: typeof address === 'object' ? address?.port : 0 },
  async (): Promise<ContenderState> => ({
    pending: await contender.pending(),
    ...(await processorTime(contender.sql)),
  }),
  contender.close,
)

type Running = { server: ServerType; sql: Sql | null; pending(): Promise<number>; close(): Promise<void> }

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
  const app = new Hono().post('/hooks/okta', async (c) => c.json(hook.parse(await c.req.json())))
  return { server: listen(app.fetch), sql: null, pending: async () => 0, close: async () => {} }
}

async function startHub({ kind, databaseUrl, routed, drained }: ContenderOptions): Promise<Running> {
  const log = makeLogger({ level: 'info', secrets: [hookSecret] })
  const concurrency = 16
  const database = await openDatabase({ settings: { DATABASE_URL: databaseUrl, HUB_CONCURRENCY: concurrency }, log })
  const connectors: ConfiguredConnector[] = routed
    ? [instantAuthority, instantTarget].map((connector) => ({ id: connector.id, connector, config: {} }))
    : []
  const timing = { outboundSeconds: 10, leaseSeconds: 30, renewSeconds: 10, pollSeconds: 1, probeSeconds: 60 }
  const hub = makeHub({
    sql: database.sql,
    connectors,
    timing: { ...timing, schedule: defaultSchedule },
    concurrency,
    clock: systemClock,
    log,
    random: Math.random,
  })
  const alone = () =>
    makeReceive({
      ...hub,
      ingest: makeJournal(database.sql).ingest,
      clock: systemClock,
      nudge: hub.drain.nudge,
    })
  const config = { OKTA_ORG_URL: orgUrl, OKTA_HOOK_SECRETS: [hookSecret], OKTA_HOOK_HEADER: 'authorization' }
  const app = createApp({
    sources: [configureSource(okta, { id: 'okta', config })],
    receive: kind === 'single' ? alone() : hub.receive,
    inline: hub.inline,
    clock: systemClock,
    log,
    journalTimeoutSeconds: 2.4,
    ready: database.ready,
    measure: hub.journal.measure,
  })
  if (drained || !routed) hub.drain.start()
  return {
    server: listen(app.fetch),
    sql: database.sql,
    pending: async () => {
      const { deliveries } = await hub.journal.measure()
      return deliveries.reduce((sum, { count }) => sum + count, 0)
    },
    close: async () => {
      await hub.drain.stop()
      await database.close()
    },
  }
}

function listen(fetch: Hono['fetch']): ServerType {
  return serve({ fetch, port: 0, hostname: '127.0.0.1' })
}
