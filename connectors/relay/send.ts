import type { AccessRequest, Person } from '../../src/index.ts'
import {
  CollisionError,
  errorMessage,
  type HandlerContext,
  isRecord,
  type Json,
  PermanentError,
  signWebhook,
} from '../../src/index.ts'
import { toPlainText } from './answers.ts'
import type { RelayConfig } from './config.ts'

export type RelayContext = HandlerContext<unknown, RelayConfig>

type Message = { id: string; type: string; timestamp: Date; data: unknown }

/**
 * Sends one signed message and returns the answer's body.
 * @throws PermanentError with the receiver's reason, if it gave one with its 4xx
 */
export async function sendMessage({ id, type, timestamp, data }: Message, context: RelayContext): Promise<Json> {
  const { config, http, now } = context
  const message = { type, timestamp: timestamp.toISOString(), data }
  // The client sends JSON.stringify of the body: what is signed is what is sent.
  const signed = signWebhook({ id, at: now(), text: JSON.stringify(message) }, config.RELAY_SECRETS)
  try {
    const { body } = await http.post(config.RELAY_URL, message, { headers: { ...signed, 'idempotency-key': id } })
    return body
  } catch (thrown) {
    throw addReason(thrown)
  }
}

function addReason(thrown: unknown): unknown {
  if (!(thrown instanceof PermanentError || thrown instanceof CollisionError)) return thrown
  const { answer } = thrown
  const reason = toPlainText(isRecord(answer?.body) ? answer.body.reason : undefined)
  if (reason !== '') return new PermanentError(reason, { cause: thrown })
  // The endpoint promises that it refuses with a 4xx, and has carried nothing out: with a 409, too.
  return thrown instanceof CollisionError ? new PermanentError(errorMessage(thrown), answer ? { answer } : {}) : thrown
}

type Kind = 'provision' | 'deprovision' | 'validate' | 'preapprove' | 'has'

type RequestContext = RelayContext & { request: AccessRequest<unknown>; person?: Person | null }

/** Forwards one request and returns what the endpoint answered. */
export function forwardRequest(kind: Kind, context: RequestContext): Promise<Json> {
  const { request, person, idempotencyKey, now } = context
  // One delivery may both grant and revoke, when a grant was cut off: two messages, each the same at every attempt. The
  // question `has` is asked repeatedly, and the receiver must never take it for a repetition.
  const id = `${idempotencyKey}_${kind}${kind === 'has' ? `_${now().getTime()}` : ''}`
  const data = { ...pickRequestData(request), ...(person === undefined ? {} : { person: pickPersonData(person) }) }
  return sendMessage({ id, type: `access.${kind}`, timestamp: now(), data }, context)
}

function pickRequestData(request: AccessRequest<unknown>) {
  const { subject, application, permissions, accessLengthSeconds, comment, taskUrl } = request
  return { subject, application, permissions, accessLengthSeconds, comment, taskUrl }
}

function pickPersonData(person: Person | null) {
  return person && { source: person.source, authorityId: person.authorityId, emails: person.emails }
}
