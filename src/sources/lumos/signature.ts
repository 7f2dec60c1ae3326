import { hmacSha256, matchesAnySecret, toHex } from '../../core/crypto.ts'

export type LumosSignature = { raw: Uint8Array<ArrayBuffer>; header: string | undefined; secrets: readonly string[] }

/**
 * `X-Lumos-Webhook-Signature: ts=<unix ms>,sig:v1=<hex>[,sig:v1=<hex>…]`, HMAC-SHA256 over `{ts}:{raw body}`. At least
 * one `v1` must be there and every one of them must be good; unknown versions are ignored (Lumos help centre:
 * verifying webhook signatures, 3717824769). How old it may be is ours to say.
 */
export function isSignedByLumos(
  { raw, header, secrets }: LumosSignature,
  { now, windowSeconds }: { now: Date; windowSeconds: number },
): boolean {
  const parts = (header ?? '').split(',').map((part) => part.trim())
  const timestamps = parts.filter((part) => part.startsWith('ts=')).map((part) => part.slice(3))
  const signatures = parts.filter((part) => part.startsWith('sig:v1=')).map((part) => part.slice(7).toLowerCase())
  const [timestamp] = timestamps
  if (timestamps.length !== 1 || timestamp === undefined || !/^\d{1,16}$/.test(timestamp)) return false
  if (Math.abs(now.getTime() - Number(timestamp)) > windowSeconds * 1000) return false
  if (signatures.length === 0 || signatures.length > 10 || secrets.length === 0) return false
  const expected = secrets.map((secret) => toHex(hmacSha256(secret, signedBytes(timestamp, raw))))
  return signatures.every((signature) => matchesAnySecret(signature, expected))
}

function signedBytes(timestamp: string, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${timestamp}:`)
  const bytes = new Uint8Array(head.length + raw.length)
  bytes.set(head)
  bytes.set(raw, head.length)
  return bytes
}
