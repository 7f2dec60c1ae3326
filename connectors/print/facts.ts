import type { AccessRequest, Event } from '../../src/index.ts'
import { isRecord } from '../../src/index.ts'

const longestText = 200

/** What a person would want to see of a request. Intake fields are left out: anything may stand in them. */
export function requestFacts(request: AccessRequest<unknown>): Record<string, unknown> {
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
 * The hub's own events hold no secret, and are shown whole. Of a vendor's event only the names of its parts are, and
 * whom it is about.
 */
export function eventFacts({ id, type, source, time, ...event }: Event): Record<string, unknown> {
  const known = { event: id, type, source, time }
  // Whatever its type declares, it came from outside.
  const data: unknown = event.data
  if (!isRecord(data)) return known
  if (type.startsWith('hub.')) return { ...known, data }
  return { ...known, about: namesOf(data.target), parts: Object.keys(data) }
}

function namesOf(targets: unknown): string[] {
  if (!Array.isArray(targets)) return []
  return targets.flatMap((target) =>
    isRecord(target) && typeof target.alternateId === 'string' ? [target.alternateId.slice(0, longestText)] : [],
  )
}
