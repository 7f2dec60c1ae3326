import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'

export type IdPrefix = 'evt' | 'dlv' | 'att' | 'per' | 'req' | 'grt' | 'ord'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * An id such as `evt_01kb…`: 48 bits of time, then 80 random bits, both in Crockford's base 32.
 * Ids sort by the moment they were made, so that new rows land at the end of an index.
 */
export function makeId(prefix: IdPrefix, clock: Clock = systemClock): string {
  return `${prefix}_${base32(clock.now().getTime(), 10)}${randomBase32(16)}`
}

/** `per_` + hash of (source, authority id): the same person gets the same id without reading anything back. */
export async function personId({ source, authorityId }: { source: string; authorityId: string }): Promise<string> {
  const bytes = new TextEncoder().encode(`${source.length}:${source}${authorityId}`)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `per_${toBase32(hash.subarray(0, 20))}`
}

function base32(value: number, length: number): string {
  let rest = value
  let text = ''
  for (let i = 0; i < length; i++) {
    text = alphabet[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function randomBase32(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte % 32]).join('')
}

function toBase32(bytes: Uint8Array): string {
  let bits = 0
  let held = 0
  let text = ''
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      text += alphabet[(held >> (bits - 5)) & 31]
      bits -= 5
    }
    held &= (1 << bits) - 1
  }
  return text
}
