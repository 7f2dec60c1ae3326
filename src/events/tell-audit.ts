import type { Clock } from '../core/clock.ts'
import type { HubAudit } from '../core/hub-event-types.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'

/** Journals entries of what is on record as events. */
export type TellAudit = (entries: readonly HubAudit[]) => Promise<void>

/**
 * Makes what tells of entries as events `hub.audit.*` of the source `hub`, so that carrying them to an archive is only a
 * route. An entry that no connector takes is no event: the table has it. Its number is in the event's external id, so
 * that one that is told twice is one event.
 */
export function makeTellAudit({
  ingest,
  nudge,
  ...routes
}: {
  ingest: Ingest
  installed: readonly Installed[]
  clock: Clock
  nudge: Nudge
}): TellAudit {
  return async (entries) => {
    const events = entries
      .map((entry) => {
        const externalId = `hub.audit:${entry.number}`
        return makeRoutedEvent(
          { source: 'hub', type: `hub.audit.${entry.act}`, externalId, time: entry.at, data: { ...entry } },
          routes,
        )
      })
      .filter(({ deliveries }) => deliveries.length > 0)
    if (events.length === 0) return
    await ingest(events)
    nudge(listWoken(events))
  }
}
