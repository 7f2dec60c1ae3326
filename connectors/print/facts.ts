import type { AccessRequest, Event } from '../../src/index.ts'
import { isRecord } from '../../src/index.ts'

const longestText = 200

/** Describes a request for the log. Intake fields are left out, because they may hold anything. */
export function describeRequest(request: AccessRequest<unknown>): Record<string, unknown> {
  const { subject, application, permissions, accessLengthSeconds, comment, taskUrl } = request
  return {
    email: subject.email,
    application: application.label || application.id,
    permissions: permissions.map(({ value, label }) => label || value),
    accessLengthSeconds,
    comment: comment === null ? null : comment.slice(0, longestText),
    taskUrl,
  }
}

/**
 * Describes an event for the log. The hub's own events hold no secret and are shown whole. A vendor's event is shown by
 * the names of its parts and the people it is about.
 */
export function describeEvent({ id, type, source, time, ...event }: Event): Record<string, unknown> {
  // A line of the log has a time of its own.
  const known = { event: id, type, source, happenedAt: time }
  // The type is declared, not checked: the data came from outside.
  const data: unknown = event.data
  if (!isRecord(data)) return known
  if (type.startsWith('hub.')) return { ...known, data }
  return { ...known, about: listNames(data.target), parts: Object.keys(data) }
}

function listNames(targets: unknown): string[] {
  if (!Array.isArray(targets)) return []
  return targets.flatMap((target) =>
    isRecord(target) && typeof target.alternateId === 'string' ? [target.alternateId.slice(0, longestText)] : [],
  )
}
