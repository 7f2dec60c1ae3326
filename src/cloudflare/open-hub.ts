import { createApp } from '../app.ts'
import type { Configuration } from '../config/configuration.ts'
import { readHubParts } from '../config/hub-parts.ts'
import { systemClock } from '../core/clock.ts'
import { readBatchPolicy, readPolicy } from '../core/hub-settings.ts'
import { defaultUpkeepTiming, type UpkeepTiming } from '../core/policy.ts'
import { within } from '../core/wait.ts'
import { makeLazyApi } from '../http/api/lazy-api.ts'
import { makeHub, type Timing } from '../hub.ts'
import { checkMigrated, ingestAlone, type Migration } from '../journal/index.ts'
import { makePlanDeliveries } from '../operate/batches/plan-deliveries.ts'
import { makeSendByFetch } from '../outbound/send-by-fetch.ts'
import { makeWorkScope } from '../runtime/work-scope.ts'
import type { Bindings } from './bindings.ts'
import { type Chances, type ChancesTiming, makeChances, type SendNudge } from './chances.ts'
import type { CheckCache } from './check-cache.ts'
import { makeConnectionSlots } from './connection-slots.ts'
import { makeConsoleLog } from './console-log.ts'
import { openClient } from './database.ts'
import { makeFetchInSlots } from './fetch-in-slots.ts'
import { sendNudges } from './nudges.ts'
import { makeEdgeGuard } from './outbound-guard.ts'
import { tokensOf } from './tokens-of.ts'
import { makeWoken } from './woken.ts'

/** Waits of the hub that are not the defaults: tests scale them. */
export type EdgeTiming = Partial<Timing> & { upkeep?: Partial<UpkeepTiming>; chances?: Partial<ChancesTiming> }

/** The hub of one invocation, which ends with it: no client outlives the request that opened it. */
export type OpenHub = {
  /** Answers one request. */
  answer(request: Request): Promise<Response>
  chances: Chances
}

type Opening = {
  configuration: Configuration
  bindings: Bindings
  /** What the schema should be made of. */
  migrations: readonly Migration[]
  files: Readonly<Record<string, string>>
  timing: EdgeTiming | undefined
  checkCache: CheckCache
}

/** Okta waits 3 s for an answer. A 503 must be sent within 2.5 s. */
const journalTimeoutSeconds = 2

/** As many as there are connections outward: a lane that waited for one would have its lease and its time limit run. */
const mostLanes = 4

/** Puts the hub together for one invocation. It connects nowhere before something asks it to. */
export function openHub({ configuration, bindings, migrations, files, timing: scaled, checkCache }: Opening): OpenHub {
  const { hub: settings, sources } = configuration
  const scope = makeWorkScope()
  const log = makeConsoleLog({ level: settings.HUB_LOG_LEVEL, scope })
  const slots = makeConnectionSlots()
  const via = makeFetchInSlots(slots)
  const sql = openClient(bindings.HYPERDRIVE, { connections: slots.database })
  const woken = makeWoken()
  const { upkeep: upkeepTiming, chances: chancesTiming, ...timing } = scaled ?? {}
  const parts = readHubParts(configuration)
  const hub = makeHub({
    ...parts,
    sql,
    // The client of one request may not be touched by another, so that no two of them can share a transaction.
    ingest: (events) => ingestAlone(sql, events),
    onWoken: woken.note,
    timing: { ...parts.timing, ...timing },
    concurrency: Math.min(settings.HUB_CONCURRENCY, mostLanes),
    clock: systemClock,
    log,
    scope,
    random: Math.random,
    guard: makeEdgeGuard({ allow: settings.HUB_OUTBOUND_ALLOW, via }),
    send: makeSendByFetch(via),
    via,
    tokens: tokensOf(configuration),
    upkeep: { ...parts.upkeep, file: readFrom(files), timing: { ...defaultUpkeepTiming, ...upkeepTiming } },
  })
  const assertReady = async () => {
    await checkMigrated(sql, migrations)
    await checkCache(sql)
  }
  const { journal, installed, queueSync } = hub
  const { brake } = readPolicy(settings)
  const planDeliveries = makePlanDeliveries({ journal, installed, clock: systemClock, scope })
  const batches = { policy: readBatchPolicy(settings), planDeliveries }
  const app = createApp({
    // A listing of a source takes longer than an invocation may: it is ordered on the command line.
    api: makeLazyApi({ journal, installed, queueSync, clock: systemClock, log, scope, brake, batches }),
    sources,
    receive: hub.receive,
    inline: hub.inline,
    clock: systemClock,
    watch: hub.watch,
    log,
    scope,
    journalTimeoutSeconds,
    ready: () => within(assertReady(), journalTimeoutSeconds, sayUnreachable),
    measure: hub.journal.records.measureQueue,
    meter: hub.meter,
    // The whole internet reaches a Worker: no proxy keeps an address inside.
    metricsToken: settings.HUB_METRICS_TOKEN ?? null,
  })
  const nudge: SendNudge = (lanes, delay) => slots.within(() => sendNudges(bindings.NUDGES, lanes, delay))
  const chances = makeChances({ hub, nudge, log, woken, timing: chancesTiming })
  return { answer: async (request) => app.fetch(request), chances }
}

/** The driver connects anew for as long as a connection is closed at its beginning, and whoever asks is to be told. */
function sayUnreachable(): never {
  throw new Error(`The journal did not answer within ${journalTimeoutSeconds} s.`)
}

function readFrom(files: Readonly<Record<string, string>>): (name: string) => Promise<string> {
  return async (name) => {
    const text = files[name]
    if (text === undefined) throw new Error(`${name} is not among the files of this Worker.`)
    return text
  }
}
