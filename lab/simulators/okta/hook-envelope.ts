import { randomUUID } from 'node:crypto'
import type { LogEvent } from './log-event.ts'

/** What Okta POSTs to a hook; `eventId` names the request, each event's `uuid` the event. */
type HookEnvelope = {
  eventType: 'com.okta.event_hook'
  eventTypeVersion: '1.0'
  cloudEventsVersion: '0.1'
  source: string
  eventId: string
  eventTime: string
  contentType: 'application/json'
  data: { events: unknown[] }
}

export function buildEnvelope({
  url,
  hookId,
  events,
}: {
  url: string
  hookId: string
  events: unknown[]
}): HookEnvelope {
  return {
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: `${url}/api/v1/eventHooks/${hookId}`,
    eventId: randomUUID(),
    eventTime: new Date().toISOString(),
    contentType: 'application/json',
    data: { events },
  }
}

/** The hollow event that the Admin Console's preview sends when the org has no real one. */
export function buildHollowEvent(eventType: string): Partial<Record<keyof LogEvent, unknown>> {
  return {
    uuid: randomUUID(),
    published: new Date().toISOString(),
    eventType,
    version: '0',
    displayMessage: eventType,
    severity: 'INFO',
    client: { userAgent: null, zone: null, device: null, id: null, ipAddress: null, ipChain: null },
    actor: null,
    outcome: { result: 'Success', reason: null },
    target: null,
    transaction: { type: null, id: null, detail: null },
    debugContext: null,
    authenticationContext: null,
    securityContext: null,
    insertionTimestamp: null,
  }
}
