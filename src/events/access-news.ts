import type { ParsedEvent } from '../core/event.ts'
import type { AccessType, HubAccess } from '../core/hub-event-types.ts'
import { makeId } from '../core/id.ts'
import type { RaiseAlertParts } from './alert.ts'
import { route } from './route.ts'

/** What became of somebody's access. */
export type AccessNews = { type: AccessType; data: HubAccess }

export type TellAccess = (news: readonly AccessNews[]) => Promise<void>

/**
 * Journals what became of access as events of the hub's own, for whoever listens: an alert to a channel is only a route.
 * Without a listener nothing is written, for the deliveries say the same.
 */
export function makeTellAccess({ ingest, installed, clock, nudge }: Omit<RaiseAlertParts, 'log'>): TellAccess {
  return async (news) => {
    const events = news.flatMap(({ type, data }) => {
      const time = clock.now().toISOString()
      const event: ParsedEvent = {
        externalId: `${type}:${data.delivery}`,
        requestId: null,
        type,
        time,
        authorityId: null,
        hint: 'neutral',
        trusted: true,
        data: { ...data },
      }
      const deliveries = route({ ...event, source: 'hub' }, { installed, makeId: () => makeId('dlv', clock) })
      if (deliveries.length === 0) return []
      const { hint: _hint, authorityId: _authorityId, ...rest } = event
      return [{ ...rest, id: makeId('evt', clock), source: 'hub', receivedAt: time, person: null, deliveries }]
    })
    if (events.length === 0) return
    await ingest(events)
    nudge()
  }
}
