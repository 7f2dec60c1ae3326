import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { AlertType } from '../core/outcome.ts'
import type { NewEvent } from '../core/queue.ts'
import { hideSecretsIn } from '../core/redact.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'

export type Alert = {
  type: AlertType
  /** What it is about: an alert of one type about one thing is raised once a day at most. */
  about: string
  /** Which time it happened, such as when a pause began: the next one is told again on the same day. */
  occasion?: string | undefined
  facts: Record<string, string | number | boolean | null>
}

export type RaiseAlert = (alert: Alert) => Promise<void>

type Routes = { clock: Clock; installed: readonly Installed[] }

/** Journals an alert with its deliveries, and writes it to the log unless the journal had it already. */
export function makeRaiseAlert({
  ingest,
  log,
  nudge,
  ...routes
}: Routes & { ingest: Ingest; log: Log; nudge(): void }): RaiseAlert {
  return async (alert) => {
    const { recorded } = await ingest([makeAlertEvent(alert, routes)])
    const facts = { ...alert.facts, about: alert.about, alert: alert.type }
    log[recorded > 0 ? 'error' : 'debug'](facts, 'Somebody must look at this')
    nudge()
  }
}

/** An alert is an event of the source `hub`, so that delivering it is only a route; its external id has the day in it. */
function makeAlertEvent({ type, about, occasion, facts }: Alert, routes: Routes): NewEvent {
  const receivedAt = routes.clock.now().toISOString()
  const externalId = [type, about, ...(occasion ? [occasion] : []), receivedAt.slice(0, 10)].join(':')
  return makeRoutedEvent(
    { source: 'hub', type, externalId, receivedAt, data: hideSecretsIn({ about, ...facts }) },
    routes,
  )
}
