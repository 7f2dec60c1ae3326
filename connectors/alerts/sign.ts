import { Webhook } from 'standardwebhooks'

type Message = { id: string; at: Date; text: string }

/** The headers by which a receiver knows that a message is ours, whole and new (Standard Webhooks specification). */
export function signedHeaders({ id, at, text }: Message, secret: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, text),
  }
}
