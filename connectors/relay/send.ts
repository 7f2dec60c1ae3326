import { type HandlerContext, isRecord, type Json, PermanentError, signWebhook } from '../../src/index.ts'
import type { RelayConfig } from './config.ts'
import { plainText } from './plain-text.ts'

export type RelayContext = HandlerContext<unknown, RelayConfig>

type Message = { id: string; type: string; timestamp: Date; data: unknown }

/**
 * Sends one signed message and returns the answer's body.
 * @throws PermanentError with the receiver's reason, if it gave one with its 4xx
 */
export async function send({ id, type, timestamp, data }: Message, context: RelayContext): Promise<Json> {
  const { config, http, now } = context
  const message = { type, timestamp: timestamp.toISOString(), data }
  // The client sends JSON.stringify of the body: what is signed is what is sent.
  const signed = signWebhook({ id, at: now(), text: JSON.stringify(message) }, config.RELAY_SECRETS)
  try {
    const { body } = await http.post(config.RELAY_URL, message, { headers: { ...signed, 'idempotency-key': id } })
    return body
  } catch (thrown) {
    throw withReason(thrown)
  }
}

function withReason(thrown: unknown): unknown {
  if (!(thrown instanceof PermanentError) || !isRecord(thrown.answer?.body)) return thrown
  const reason = plainText(thrown.answer.body.reason)
  return reason === '' ? thrown : new PermanentError(reason, { cause: thrown })
}
