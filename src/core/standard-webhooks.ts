import { hmacSha256, matchesAnySecret } from './crypto.ts'

/** What a signing secret looks like, and what is wrong with a text that does not: for `regex` and settings of your own. */
export const signingSecret = {
  pattern: /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
  error: 'is not whsec_ and 24 to 64 bytes in base64',
}

type Message = {
  /** The same at every attempt, so that the receiver recognises a repetition. */
  id: string
  at: Date
  /** The body exactly as it is sent. */
  text: string
}

/**
 * Signs a message by Standard Webhooks and returns the three headers to send with it. There is one signature for each
 * secret, so that the receiver can change over during a rotation (Standard Webhooks specification, "Signature scheme":
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * @param secrets - each `whsec_` and the key in base64, as `signingSecret` checks
 */
export function signWebhook({ id, at, text }: Message, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`)
  const signatures = secrets.map((secret) => `v1,${toBase64(hmacSha256(keyOf(secret), signed))}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

type SignedMessage = { id: string; timestamp: string; signature: string; raw: Uint8Array; now: Date }

/** The window of the specification, on both sides of now. */
const windowSeconds = 300

/**
 * Checks a signature by Standard Webhooks over the bytes of the body: a text made of them could lose a byte order mark,
 * or bytes that are no UTF-8. `wrong_time`: signed with one of the secrets, more than five minutes from now.
 */
export function verifyWebhook(
  { id, timestamp, signature, raw, now }: SignedMessage,
  secrets: readonly string[],
): 'good' | 'wrong' | 'wrong_time' {
  if (!/^\d{1,12}$/.test(timestamp)) return 'wrong'
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const signed = new Uint8Array(head.length + raw.length)
  signed.set(head)
  signed.set(raw, head.length)
  const expected = secrets.map((secret) => `v1,${toBase64(hmacSha256(keyOf(secret), signed))}`)
  const isGood = signature
    .split(' ')
    .slice(0, mostSignatures)
    .some((one) => matchesAnySecret(one, expected))
  if (!isGood) return 'wrong'
  return Math.abs(now.getTime() / 1000 - Number(timestamp)) > windowSeconds ? 'wrong_time' : 'good'
}

/** During a rotation there are two. */
const mostSignatures = 20

function keyOf(secret: string): Uint8Array {
  return Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (character) => character.charCodeAt(0))
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
