import type { AccessRequest, Json, Person } from '../../src/index.ts'
import { type RelayContext, send } from './send.ts'

type Kind = 'provision' | 'deprovision' | 'validate' | 'preapprove' | 'has'

type RequestWorld = RelayContext & { request: AccessRequest<unknown>; person?: Person | null }

/** Forwards one request and returns what the endpoint answered. */
export function forward(kind: Kind, context: RequestWorld): Promise<Json> {
  const { request, person, idempotencyKey, now } = context
  // One delivery may both give and take away, where a grant was cut off: two messages, each the same at every attempt.
  // What one has is asked again and again, and must never pass for a repetition.
  const id = `${idempotencyKey}_${kind}${kind === 'has' ? `_${now().getTime()}` : ''}`
  const data = { ...requestData(request), ...(person === undefined ? {} : { person: personData(person) }) }
  return send({ id, type: `access.${kind}`, timestamp: now(), data }, context)
}

function requestData(request: AccessRequest<unknown>) {
  const { subject, application, permissions, accessLengthSeconds, comment, taskUrl } = request
  return { subject, application, permissions, accessLengthSeconds, comment, taskUrl }
}

function personData(person: Person | null) {
  return person && { source: person.source, authorityId: person.authorityId, emails: person.emails }
}
