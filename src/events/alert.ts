import type { Clock } from '../core/clock.ts'
import type { Alert } from '../core/hub-event-types.ts'
import type { Log } from '../core/log.ts'
import type { NewEvent } from '../core/queue.ts'
import { hideSecretsIn } from '../core/redact.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest, Journal } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'

export type RaiseAlert = (alert: Alert) => Promise<void>

type Routes = { clock: Clock; installed: readonly Installed[] }

/** So many alerts of one type are delivered in an hour; a hook with 2,000 unknown ids would raise 2,000. */
const mostPerHour = 20

/**
 * Journals an alert with its deliveries, and writes it to the log unless the journal had it already. Beyond so many of
 * its type in the hour it is only recorded and logged, and `tellWithheld` tells how many those were.
 */
export function makeRaiseAlert({
  ingest,
  records,
  log,
  nudge,
  ...routes
}: Routes & {
  ingest: Ingest
  records: Pick<Journal['records'], 'takeAlertTurn'>
  log: Log
  nudge(): void
}): RaiseAlert {
  return async (alert) => {
    const event = makeAlertEvent(alert, routes)
    const { type, externalId } = event
    const turn = type === withheldType ? 'tell' : await records.takeAlertTurn({ type, externalId, most: mostPerHour })
    if (turn === 'withhold') {
      await ingest([{ ...event, deliveries: [] }])
      log.warn({ ...alert.facts, about: alert.about, withheld: type }, 'Recorded and not told: too many in this hour')
      return
    }
    const { recorded } = await ingest([event])
    const facts = { ...alert.facts, about: alert.about, alert: type }
    log[recorded > 0 ? 'error' : 'debug'](facts, 'Somebody must look at this')
    nudge()
  }
}

/** An alert is an event of the source `hub`, so that delivering it is only a route; its external id has the day in it, but for one that comes once. */
function makeAlertEvent({ type, about, occasion, once = false, facts }: Alert, routes: Routes): NewEvent {
  const receivedAt = routes.clock.now().toISOString()
  const externalId = [type, about, ...(occasion ? [occasion] : []), ...(once ? [] : [receivedAt.slice(0, 10)])].join(
    ':',
  )
  return makeRoutedEvent(
    { source: 'hub', type, externalId, receivedAt, data: hideSecretsIn({ about, ...facts }) },
    routes,
  )
}

/** The alert that tells how many others were only recorded. It is never withheld itself. */
const withheldType = 'hub.alert.more'

/**
 * Makes the telling of how many alerts were withheld in each hour that is over. It is marked as told after it is
 * journaled: in between, another process can only tell it again, which the event's key stops.
 */
export function makeTellWithheld({
  records,
  raiseAlert,
}: {
  records: Pick<Journal['records'], 'listWithheldAlerts' | 'markAlertsSummed'>
  raiseAlert: RaiseAlert
}): () => Promise<void> {
  return async () => {
    for (const { type, hour, count } of await records.listWithheldAlerts()) {
      await raiseAlert({ type: withheldType, about: type, occasion: hour, facts: { count, hour } })
      await records.markAlertsSummed({ type, hour })
    }
  }
}
