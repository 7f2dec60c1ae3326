import type { AskedAccess } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { AccessNews, AccessType } from '../core/hub-event-types.ts'
import { hideSecretsIn } from '../core/redact.ts'
import { listWoken, type Nudge } from '../core/woken.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest } from '../journal/index.ts'
import { makeRoutedEvent } from './new-event.ts'

export type NewsQuestion = {
  type: AccessType
  connector: string
  asked: AskedAccess
  /** The delivery's id. */
  delivery: string
  reason: string | null
}

/** Makes the news of what became of the access that was asked for. */
export function makeAccessNews({ type, connector, asked, delivery, reason }: NewsQuestion): AccessNews {
  const { subject, application, permissions, until, taskUrl } = asked
  return {
    type,
    data: {
      connector,
      email: subject.email,
      application: { id: application.id, label: application.label },
      permissions: permissions.map(({ value, label }) => ({ value, label })),
      until,
      reason,
      taskUrl,
      delivery,
    },
  }
}

export type TellAccess = (news: readonly AccessNews[]) => Promise<void>

/**
 * Journals what became of access as events of the source `hub`, so that telling a channel is only a route. An event
 * that routing gives no delivery is not written: the deliveries of the request say the same.
 */
export function makeTellAccess({
  ingest,
  nudge,
  ...routes
}: {
  ingest: Ingest
  installed: readonly Installed[]
  clock: Clock
  nudge: Nudge
}): TellAccess {
  return async (news) => {
    const events = news
      .map(({ type, data }) => {
        const externalId = `${type}:${data.delivery}`
        return makeRoutedEvent({ source: 'hub', type, externalId, data: hideSecretsIn({ ...data }) }, routes)
      })
      .filter(({ deliveries }) => deliveries.length > 0)
    if (events.length === 0) return
    await ingest(events)
    nudge(listWoken(events))
  }
}
