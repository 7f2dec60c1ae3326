import { formatDuration } from '../core/duration.ts'
import { isRecord } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Ingest, Journal, OverAlert } from '../journal/index.ts'
import { type AlertRoutes, makeAlertEvent } from './alert.ts'
import { explainOver } from './alert-words.ts'

export type TellResolved = () => Promise<void>

/**
 * Makes the telling of alerts whose cause is over. What the journal says of a cause ends its alert; then each is
 * journaled and marked, in this order: after a crash in between, or beside another process, it can only be journaled
 * again, which the event's key stops. One that was only recorded is only recorded as over.
 */
export function makeTellResolved({
  ingest,
  records,
  log,
  nudge,
  quietSeconds,
  ...routes
}: AlertRoutes & {
  ingest: Ingest
  records: Pick<Journal['records'], 'endOverAlerts' | 'listOverAlerts' | 'markAlertResolved'>
  log: Log
  nudge: Nudge
  /** So long after it was raised an alert is over at the earliest. */
  quietSeconds: number
}): TellResolved {
  const tell = async (alert: OverAlert) => {
    const { eventId, type, about, told } = alert
    const facts = sayOver(alert)
    const externalId = `hub.alert.resolved:${eventId}`
    const resolves = { type, about }
    const event = makeAlertEvent({ type: 'hub.alert.resolved', externalId, told, facts, resolves }, routes)
    const { recorded } = await ingest([event])
    await records.markAlertResolved(eventId)
    if (recorded > 0) log.info({ ...facts, alert: 'hub.alert.resolved' }, facts.what)
    if (told) nudge(listWoken([event]))
  }

  return async () => {
    await records.endOverAlerts({ quietSeconds })
    for (const alert of await records.listOverAlerts()) await tell(alert)
  }
}

function sayOver({ eventId, type, about, openedAt, overAt, lastedSeconds, data }: OverAlert) {
  const { what, whom, command, delivery = null, person = null } = isRecord(data) ? data : {}
  const lasted = formatDuration(lastedSeconds * 1000)
  return {
    about,
    resolves: type,
    what: `Over after ${lasted}: ${typeof what === 'string' ? what : type}`,
    why: explainOver({ type, about }),
    fix: 'Nothing is to be done.',
    command: typeof command === 'string' ? command : null,
    whom: typeof whom === 'string' ? whom : about,
    ...{ openedAt, overAt, lastedSeconds: Math.round(lastedSeconds), event: eventId },
    ...(typeof delivery === 'string' ? { delivery } : {}),
    ...(typeof person === 'string' ? { person } : {}),
  }
}
