import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import { drawBits, sha256 } from './crypto.ts'

type IdPrefix = 'evt' | 'dlv' | 'att' | 'per' | 'req' | 'grt' | 'ord' | 'tok' | 'ses' | 'lnk' | 'bat'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * An id such as `evt_01kb…`: 48 bits of time, then 80 random bits, both in Crockford's base 32.
 * Ids sort by the moment they were made, so that new rows land at the end of an index.
 */
export function makeId(prefix: IdPrefix, clock: Clock = systemClock): string {
  return `${prefix}_${timeText(clock.now().getTime())}${randomBase32(16)}`
}

/** An id that sorts before all that are made at this time or later, and after all earlier ones. */
export function makeBound(prefix: IdPrefix, milliseconds: number): string {
  return `${prefix}_${base32(Math.min(Math.max(milliseconds, 0), 2 ** 48 - 1), 10)}`
}

/** `per_` + hash of (source, authority id): the same person gets the same id without reading anything back. */
export function personId({ source, authorityId }: { source: string; authorityId: string }): string {
  return `per_${hashPair(source, authorityId)}`
}

/** `sub_` + hash of (issuer, subject): the id of somebody who signed in and is no person of the authority. */
export function subjectId({ issuer, subject }: { issuer: string; subject: string }): string {
  return `sub_${hashPair(issuer, subject)}`
}

function hashPair(first: string, second: string): string {
  const bytes = new TextEncoder().encode(`${first.length}:${first}${second}`)
  return toBase32(sha256(bytes).subarray(0, 20))
}

/** Most ids share their millisecond with the one before. */
let lastTime = { milliseconds: -1, text: '' }

function timeText(milliseconds: number): string {
  if (lastTime.milliseconds !== milliseconds) lastTime = { milliseconds, text: base32(milliseconds, 10) }
  return lastTime.text
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

/** Two digits, which are ten bits, by their value. */
const pairs = Array.from({ length: 1024 }, (_, value) => base32(value, 2))

function randomBase32(length: number): string {
  let text = ''
  for (let i = 0; i < length; i += 2) text += pairs[drawBits() % 1024]
  return text
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
