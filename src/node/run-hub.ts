import { readFile } from 'node:fs/promises'
import { createApp } from '../app.ts'
import type { Configuration } from '../config/configuration.ts'
import { readHubParts } from '../config/hub-parts.ts'
import { systemClock } from '../core/clock.ts'
import { readBatchPolicy, readPolicy } from '../core/hub-settings.ts'
import { isLoopbackHost } from '../core/listen-host.ts'
import type { Log } from '../core/log.ts'
import { defaultUpkeepTiming, type UpkeepTiming } from '../core/policy.ts'
import type { WorkScope } from '../core/work-scope.ts'
import { type LazyApi, makeLazyApi } from '../http/api/lazy-api.ts'
import { makeLeaving } from '../http/leaving.ts'
import { type Hub, makeHub, type Timing } from '../hub.ts'
import { makeBatchWork } from '../operate/batches/batch-work.ts'
import { makePlanDeliveries } from '../operate/batches/plan-deliveries.ts'
import { makePlannedActs } from '../operate/batches/planned-acts.ts'
import { suggestFullLook } from '../operate/suggest-full-look.ts'
import { makeSendByGot } from '../outbound/send-by-got.ts'
import { makeWorkScope } from '../runtime/work-scope.ts'
import { endAtSignals, makeEnd } from './end-hub.ts'
import { watchEventLoop } from './event-loop.ts'
import { makeKeptConnections } from './kept-connections.ts'
import { makeLogger } from './logger.ts'
import { offerLink } from './offer-link.ts'
import { openDoors } from './open-doors.ts'
import { openSignIn } from './open-sign-in.ts'
import { makeOutboundGuard } from './outbound-guard.ts'
import { type Database, openDatabase } from './postgres/database.ts'
import { explainUnusableAddress, formatStartFailure } from './start-failure.ts'
import { tryCredentials } from './try-credentials.ts'

const root = new URL('../../', import.meta.url)

/** Okta waits 3 s for an answer. A 503 must be sent within 2.5 s, also when a busy machine sends it late. */
const journalTimeoutSeconds = 2

/** Waits that no setting has and that are not the defaults: tests scale them. */
export type Pace = Partial<Timing> & { upkeep?: Partial<UpkeepTiming> }

/** Runs the hub until SIGTERM or SIGINT. */
export async function runHub(configuration: Configuration, pace: Pace = {}): Promise<void> {
  const { hub: settings, secrets, sources } = configuration
  const scope = makeWorkScope()
  const log = makeLogger({ level: settings.HUB_LOG_LEVEL, secrets, scope })
  for (const { setting, what, fix } of configuration.warnings) log.warn({ setting, fix }, `${setting} ${what}`)

  const database = await openDatabase({ settings, log })
  const hub = assembleHub(configuration, { database, log, scope, pace })
  const { receive, inline, watch, journal, installed, raiseAlert, queueSync, drain, upkeep } = hub
  const leaving = makeLeaving()
  const readLag = watchEventLoop()
  const { brake } = readPolicy(settings)
  const consoleUrl = settings.HUB_CONSOLE_URL ?? settings.HUB_PUBLIC_URL
  const hasIssuer = settings.HUB_CONSOLE_ISSUER !== undefined
  const takesLocalLinks = isLoopbackHost(settings.HOST) && !hasIssuer
  const planDeliveries = makePlanDeliveries({ journal, installed, clock: systemClock, scope })
  const plans = { policy: readBatchPolicy(settings), planDeliveries }
  const acts = makePlannedActs({ journal, installed, clock: systemClock, scope, mode: settings.HUB_MODE })
  const batches = makeBatchWork({
    ...{ journal, installed, acts, raiseAlert, clock: systemClock, log },
    policy: plans.policy,
    wakeDrain: drain.nudge,
  })
  const ordered = { ...plans, nudge: batches.nudge }
  const { resyncEverySeconds } = { ...defaultUpkeepTiming, ...pace.upkeep }
  const resyncs = {
    beginResync: upkeep.beginResync,
    ...(settings.HUB_RESYNC === 'on' ? { resyncEverySeconds } : {}),
  }
  const api = makeLazyApi({
    ...{ journal, installed, queueSync, clock: systemClock, log, scope, brake, consoleUrl, batches: ordered },
    ...{ ...resyncs, takesLocalLinks },
  })
  const needs = {
    leaving,
    api,
    oidc: openSignIn(configuration, { journal, installed, log, scope }),
    sources,
    receive,
    inline,
    clock: systemClock,
    watch,
    log,
    scope,
    journalTimeoutSeconds,
    ready: async () => {
      await database.ready()
      await hub.assertWritable()
    },
    measure: journal.records.measureQueue,
    meter: hub.meter,
    measureProcess: () => ({ loop: readLag(), pools: database.pools() }),
    metricsToken: settings.HUB_METRICS_TOKEN,
    signin: { journal, clock: systemClock, log, scope, consoleUrl, takesLocalLinks, hasIssuer },
  }
  const { HOST: host, PORT, HUB_ADMIN_PORT: adminPort } = settings
  const doors =
    adminPort === undefined
      ? [{ app: createApp(needs), port: PORT }]
      : [
          { app: createApp(needs, ['inside']), port: adminPort },
          { app: createApp(needs, ['vendors']), port: PORT },
        ]
  const servers = openDoors(doors, {
    host,
    onOpen(addresses) {
      const ids = { sources: sources.map(({ id }) => id), connectors: installed.map(({ id }) => id) }
      const { address, port } = addresses.at(-1) ?? { address: host, port: PORT }
      log.info({ address, port, ...(adminPort === undefined ? {} : { adminPort }), ...ids }, 'Listening')
      startWork(hub, { api, log, mode: settings.HUB_MODE })
      batches.start()
      if (takesLocalLinks) void offerLink({ journal, log, host, port: adminPort ?? port })
    },
    onError(err, { port }) {
      log.fatal({ err, port }, 'The hub cannot listen')
      const setting = port === adminPort ? 'HUB_ADMIN_PORT' : 'PORT'
      process.stderr.write(formatStartFailure(explainUnusableAddress(err, { host, port, setting })))
      process.exitCode = 1
      end.now()
    },
  })
  const end = makeEnd({ servers, hub, batches, database, log, leaving })
  endAtSignals(end, { drainSeconds: settings.HUB_DRAIN_SECONDS, log })
}

function assembleHub(
  configuration: Configuration,
  { database, log, scope, pace }: { database: Database; log: Log; scope: WorkScope; pace: Pace },
): Hub {
  const { hub: settings } = configuration
  const { upkeep: upkeepTiming, ...timing } = pace
  const parts = readHubParts(configuration)
  const unguarded = makeKeptConnections({ scope })
  return makeHub({
    ...parts,
    sql: database.sql,
    ingestSql: database.ingestSql,
    timing: { ...parts.timing, ...timing },
    concurrency: settings.HUB_CONCURRENCY,
    clock: systemClock,
    log,
    scope,
    random: Math.random,
    guard: makeOutboundGuard({ allow: settings.HUB_OUTBOUND_ALLOW, scope }),
    send: makeSendByGot(unguarded),
    via: unguarded.fetch,
    upkeep: {
      ...parts.upkeep,
      file: (name) => readFile(new URL(name, root), 'utf8'),
      timing: { ...defaultUpkeepTiming, ...upkeepTiming },
    },
  })
}

/** Starts what the hub does by itself. Only now, when it listens: a second hub on the same port must not deliver. */
function startWork(
  { drain, upkeep, installed, journal, actOnObserved }: Hub,
  { api, log, mode }: { api: LazyApi; log: Log; mode: Configuration['hub']['HUB_MODE'] },
): void {
  drain.start()
  upkeep.start()
  void tryCredentials(installed, log)
  void api.load().catch((err) => log.error({ err }, 'The API cannot be served'))
  void suggestFullLooks({ journal, installed }, log).catch((err) => log.debug({ err }, 'Full looks are not known'))
  if (mode === 'observe') log.warn({}, 'Observing: nothing is written at any vendor')
  if (mode === 'staged') log.warn({}, 'Observing all but those for whom a batch ended it')
  void actOnObserved()
    .then((people) => people > 0 && log.info({ people }, 'Looking anew at everybody who was only observed'))
    .catch((err) => log.error({ err }, 'Who was only observed is not looked at anew: start again'))
}

/** Tells of people who left before the hub was there, at every start until they were looked at. */
async function suggestFullLooks({ journal, installed }: Pick<Hub, 'journal' | 'installed'>, log: Log): Promise<void> {
  const authorities = installed.filter(({ connector }) => connector.list).map(({ id }) => id)
  for (const row of await journal.records.readSources(authorities)) {
    const look = suggestFullLook(row)
    if (look) log.info({ source: row.id, fix: look.fix }, `Of ${row.id}: ${look.detail}. ${look.fix}`)
  }
}
