import { Webhook } from 'standardwebhooks'

type Message = { id: string; at: Date; text: string }

/**
 * The headers by which a receiver knows that a message is ours, whole and new. There is a signature by each secret,
 * with a space between, so that the receiver can change over in its own time (Standard Webhooks specification,
 * "Signature scheme": https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
export function signedHeaders({ id, at, text }: Message, secrets: readonly string[]): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, text)).join(' '),
  }
}
