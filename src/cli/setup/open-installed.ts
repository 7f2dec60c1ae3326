import { connectors } from '../../../connectors/index.ts'
import { type Configuration, requireConfiguration } from '../../config/configuration.ts'
import { makeCallBudgets } from '../../core/call-budgets.ts'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import type { Environment } from '../../core/settings.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import { makeQueueSync, type QueueSync } from '../../events/resync-event.ts'
import { type Installed, install } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import { makeOutboundGuard } from '../../node/outbound-guard.ts'
import { makeOutbound } from '../../outbound/outbound.ts'
import { makeSendByGot } from '../../outbound/send-by-got.ts'

/** How long an operator at a terminal waits for one call to a vendor. */
const patienceSeconds = 10

/** Makes a connector's ways out from its settings, guarded as in the hub. */
export function openOutbound(
  { hub }: Pick<Configuration, 'hub'>,
  { timeoutSeconds = patienceSeconds, scope }: { timeoutSeconds?: number | undefined; scope?: WorkScope } = {},
): ReturnType<typeof makeOutbound> {
  const guard = makeOutboundGuard({ allow: hub.HUB_OUTBOUND_ALLOW })
  return makeOutbound({ timeoutSeconds, clock: systemClock, guard, send: makeSendByGot(), ...(scope ? { scope } : {}) })
}

/** Installs the configured connectors, as the hub does. */
export function openInstalled(configuration: Configuration, timeoutSeconds?: number): Installed[] {
  const outboundOf = openOutbound(configuration, { timeoutSeconds })
  return configuration.connectors.map((one) => install(one, { outbound: outboundOf(one.config), log: silentLog }))
}

/**
 * Installs the connectors that the environment configures.
 * @throws UsageError with every setting that is wrong
 */
export function openInstalledFrom(environment: Environment): Installed[] {
  return openInstalled(requireConfiguration(environment, connectors))
}

/** The same, for work that many calls follow from: these come out of the budgets that the running hubs have. */
export function openPaced(
  environment: Environment,
  { journal, scope }: { journal: Pick<Journal, 'queue'>; scope: WorkScope },
): Installed[] {
  const configuration = requireConfiguration(environment, connectors)
  const outboundOf = openOutbound(configuration, { scope })
  const budgetOf = makeCallBudgets({ takeCalls: journal.queue.takeCalls, clock: systemClock })
  return configuration.connectors.map((one) =>
    install(one, { outbound: outboundOf(one.config, { budget: budgetOf(one) }), log: silentLog, scope }),
  )
}

/** Queues people, and leaves the delivering to the hub that runs. */
export function makeSyncQueue(journal: Pick<Journal, 'queue'>, installed: readonly Installed[]): QueueSync {
  return makeQueueSync({ ingest: journal.queue.ingest, installed, clock: systemClock, nudge: () => {} })
}
