import { serve } from '@hono/node-server'
import { createApp } from '../app.ts'
import { systemClock } from '../core/clock.ts'
import { readPolicy } from '../core/hub-settings.ts'
import type { Log } from '../core/log.ts'
import { defaultSchedule } from '../core/schedule.ts'
import type { Installed } from '../host/installed.ts'
import { type HubParts, makeHub, type Timing } from '../hub.ts'
import type { Configuration } from './config/configuration.ts'
import { makeLogger } from './logger.ts'
import { makeOutboundGuard } from './outbound-guard.ts'
import { openDatabase } from './postgres/database.ts'
import { explainUnusableAddress, formatStartFailure } from './start-failure.ts'

/** Okta waits 3 s for an answer. A 503 must be there within 2.5 s, also when a busy machine is late with it. */
const journalTimeoutSeconds = 2
/** What is under way when the process is told to end may take this long. */
const graceSeconds = 8

/** Runs the hub until SIGTERM or SIGINT. */
export async function runHub(configuration: Configuration): Promise<void> {
  const { hub: settings, secrets, sources, connectors } = configuration
  const log = makeLogger({ level: settings.HUB_LOG_LEVEL, secrets })
  for (const { setting, what, fix } of configuration.warnings) log.warn({ setting, fix }, `${setting} ${what}`)

  const database = await openDatabase({ settings, log })
  const { journal, installed, receive, inline, drain, watch, upkeep, actOnObserved } = makeHub({
    sql: database.sql,
    ingestSql: database.ingestSql,
    connectors,
    timing: timingOf(settings),
    concurrency: settings.HUB_CONCURRENCY,
    clock: systemClock,
    log,
    random: Math.random,
    policy: readPolicy(settings),
    guard: makeOutboundGuard({ allow: settings.HUB_OUTBOUND_ALLOW }),
    upkeep: {
      sources: sources.map(({ id }) => id),
      resync: settings.HUB_RESYNC === 'on',
      silenceHours: settings.HUB_SILENCE_HOURS,
    },
  } satisfies HubParts)
  const app = createApp({
    sources,
    receive,
    inline,
    clock: systemClock,
    watch,
    log,
    journalTimeoutSeconds,
    ready: database.ready,
    measure: journal.records.measure,
  })
  const server = serve({ fetch: app.fetch, port: settings.PORT, hostname: settings.HOST }, ({ address, port }) => {
    log.info(
      { address, port, sources: sources.map(({ id }) => id), connectors: installed.map(({ id }) => id) },
      'Listening',
    )
    drain.start()
    upkeep.start()
    void warmUp(installed, log)
    if (settings.HUB_MODE === 'observe') log.warn({}, 'Observing: nothing is written at any vendor')
    void actOnObserved()
      .then((people) => people > 0 && log.info({ people }, 'Looking anew at everybody who was only observed'))
      .catch((err) => log.error({ err }, 'Who was only observed is not looked at anew: start again'))
  })
  server.on('error', (err) => {
    log.fatal({ err }, 'The hub cannot listen')
    process.stderr.write(formatStartFailure(explainUnusableAddress(err, { host: settings.HOST, port: settings.PORT })))
    process.exitCode = 1
    void end()
  })

  const end = once(async () => {
    const hardStop = setTimeout(() => process.exit(1), (graceSeconds + 1.5) * 1000)
    hardStop.unref()
    const closed = new Promise((resolve) => server.close(resolve))
    if ('closeIdleConnections' in server) server.closeIdleConnections()
    // Every hook is answered by then; a client that never finishes its request must not hold up the end.
    const hangUp = () => 'closeAllConnections' in server && server.closeAllConnections()
    setTimeout(hangUp, journalTimeoutSeconds * 1000).unref()
    const settled = Promise.all([closed, upkeep.stop(), drain.stop(), inline.stop()])
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, graceSeconds * 1000).unref())])
    await database.close()
    log.info({}, 'Ended')
    process.exit()
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'Ending: no more hooks are taken, what is under way is settled')
      void end()
    })
  }
}

/** Loading a vendor's SDK takes up to a second, which the first lockout must not wait for. */
async function warmUp(installed: readonly Installed[], log: Log): Promise<void> {
  for (const one of installed) {
    await one.client().catch((err) => log.error({ connector: one.id, err }, 'A connector cannot connect yet'))
  }
  log.info({ connectors: installed.map(({ id }) => id) }, 'Ready')
}

function timingOf(settings: Configuration['hub']): Timing {
  return {
    outboundSeconds: settings.HUB_OUTBOUND_SECONDS,
    // Vendors' own limits end a call long before; this is for code that has none and does not mind its signal.
    callSeconds: settings.HUB_LEASE_SECONDS * 10,
    leaseSeconds: settings.HUB_LEASE_SECONDS,
    renewSeconds: settings.HUB_LEASE_SECONDS / 3,
    pollSeconds: 1,
    probeSeconds: 60,
    schedule: defaultSchedule,
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
