import { randomUUID } from 'node:crypto'
import { isRecord } from '../../core/json.ts'

type Wish = { orgUrl: string; now: Date; person: string | undefined }

/**
 * A recorded hook of Okta as if the configured org sent it just now: its host as the sender, new ids, the time of now.
 * Anything else stays as it is, however odd: that is what fixtures are for.
 */
export function makeFreshHook(body: unknown, { orgUrl, now, person }: Wish): unknown {
  if (!isRecord(body)) return body
  const time = now.toISOString()
  const fresh: Record<string, unknown> = { ...body }
  if (typeof body.source === 'string') fresh.source = moveToOrg(orgUrl, body.source)
  if (typeof body.eventId === 'string') fresh.eventId = randomUUID()
  if (typeof body.eventTime === 'string') fresh.eventTime = time
  if (isRecord(body.data) && Array.isArray(body.data.events)) {
    fresh.data = { ...body.data, events: body.data.events.map((event) => makeFreshEvent(event, { time, person })) }
  }
  return fresh
}

function makeFreshEvent(event: unknown, { time, person }: { time: string; person: string | undefined }): unknown {
  if (!isRecord(event)) return event
  return {
    ...event,
    ...(typeof event.uuid === 'string' ? { uuid: randomUUID() } : {}),
    ...(typeof event.published === 'string' ? { published: time } : {}),
    ...(person !== undefined && Array.isArray(event.target) ? { target: replacePerson(event.target, person) } : {}),
  }
}

function replacePerson(targets: readonly unknown[], id: string): unknown[] {
  return targets.map((target) => (isRecord(target) && target.type === 'User' ? { ...target, id } : target))
}

function moveToOrg(orgUrl: string, source: string): string {
  if (!URL.canParse(source)) return source
  return `${new URL(orgUrl).origin}${new URL(source).pathname}`
}
