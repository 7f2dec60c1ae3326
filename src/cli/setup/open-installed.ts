import { connectors } from '../../../connectors/index.ts'
import { systemClock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { silentLog } from '../../core/log.ts'
import type { Environment } from '../../core/settings.ts'
import { makeQueueSync, type QueueSync } from '../../events/resync-event.ts'
import { type Installed, install } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import { readConfiguration } from '../../node/config/configuration.ts'
import { makeOutboundGuard } from '../../node/outbound-guard.ts'
import { makeOutbound } from '../../outbound/outbound.ts'

const timeoutSeconds = 10

/** The connectors that the environment configures, as the hub has them. */
export function openInstalled(environment: Environment): Installed[] {
  const read = readConfiguration(environment, connectors)
  if ('problems' in read) {
    const why = read.problems.map(({ setting, what }) => `${setting} ${what}.`).join('\n')
    throw new UsageError({ what: 'The settings are wrong.', why, fix: 'Run "npm run hub -- doctor".' })
  }
  const guard = makeOutboundGuard({ allow: read.configuration.hub.HUB_OUTBOUND_ALLOW })
  const outboundOf = makeOutbound({ timeoutSeconds, clock: systemClock, guard })
  return read.configuration.connectors.map((one) => install(one, { outbound: outboundOf(one.config), log: silentLog }))
}

/** Queues people, and leaves the delivering to the hub that runs. */
export function queueOnly(journal: Pick<Journal, 'queue'>, installed: readonly Installed[]): QueueSync {
  return makeQueueSync({ ingest: journal.queue.ingest, installed, clock: systemClock, nudge: () => {} })
}
