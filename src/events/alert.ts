import type { Clock } from '../core/clock.ts'
import type { ParsedEvent } from '../core/event.ts'
import { makeId } from '../core/id.ts'
import type { Log } from '../core/log.ts'
import type { AlertType } from '../core/outcome.ts'
import type { NewEvent } from '../core/queue.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { route } from './route.ts'

export type Alert = {
  type: AlertType
  /** What it is about: an alert of one type about one thing is raised once a day at most. */
  about: string
  /** Which time it happened, such as when a pause began: the next one is told again on the same day. */
  occasion?: string | undefined
  facts: Record<string, string | number | boolean | null>
}

type AlertEventParts = { clock: Clock; installed: readonly Installed[] }

/** What the hub has to say of its own accord, as an event of the source `hub`, so that delivering it is only a route. */
export function alertEvent({ type, about, occasion, facts }: Alert, { clock, installed }: AlertEventParts): NewEvent {
  const time = clock.now().toISOString()
  const event: ParsedEvent = {
    externalId: [type, about, ...(occasion ? [occasion] : []), time.slice(0, 10)].join(':'),
    requestId: null,
    type,
    time,
    authorityId: null,
    hint: 'neutral',
    trusted: true,
    data: { about, ...facts },
  }
  const deliveries = route({ ...event, source: 'hub' }, { installed, makeId: () => makeId('dlv', clock) })
  const { externalId, requestId, trusted, data } = event
  const id = makeId('evt', clock)
  return {
    id,
    source: 'hub',
    externalId,
    requestId,
    type,
    time,
    receivedAt: time,
    trusted,
    person: null,
    data,
    deliveries,
  }
}

export type RaiseAlertParts = AlertEventParts & { ingest: Ingest; log: Log; nudge(): void }

export type RaiseAlert = (alert: Alert) => Promise<void>

/** Journals an alert with its deliveries, and writes it to the log unless the journal had it already. */
export function makeRaiseAlert({ ingest, log, nudge, ...parts }: RaiseAlertParts): RaiseAlert {
  return async (alert) => {
    const { recorded } = await ingest([alertEvent(alert, parts)])
    const facts = { ...alert.facts, about: alert.about, alert: alert.type }
    log[recorded > 0 ? 'error' : 'debug'](facts, 'Somebody must look at this')
    nudge()
  }
}
