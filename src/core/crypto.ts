import { createHash, createHmac } from 'node:crypto'

// The only file below the roof that imports `node:crypto`: every runtime we serve has it (Workers with `nodejs_compat`).

/**
 * SHA-256 without a promise: WebCrypto's digest is a promise and a trip to another thread, which for an id of twenty
 * letters costs more than all else the hub does with an event.
 */
export function sha256(message: Uint8Array): Uint8Array {
  return createHash('sha256').update(message).digest()
}

/** HMAC-SHA256 of a message; a key that is a text counts as its UTF-8 bytes. */
export function hmacSha256(key: string | Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest()
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes in lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += hexOfByte[byte]
  return text
}

/** Drawn in stock: to ask the system for a few bytes costs as much as to ask for a thousand. */
const stock = new Uint16Array(2048)
let drawn = stock.length

/** Returns a number of sixteen random bits. */
export function drawBits(): number {
  if (drawn === stock.length) {
    crypto.getRandomValues(stock)
    drawn = 0
  }
  return stock[drawn++] ?? 0
}

/** Random bytes, an even number of them, in lower-case hex. */
export function drawHex(bytes: number): string {
  let text = ''
  for (let i = 0; i < bytes; i += 2) {
    const bits = drawBits()
    text += `${hexOfByte[bits >> 8]}${hexOfByte[bits & 255]}`
  }
  return text
}

/**
 * True when the given text is one of the secrets. Takes the same time for every secret of the list and for every
 * position of a difference; only a difference in length can be told from outside.
 */
export function matchesAnySecret(given: string, secrets: readonly string[]): boolean {
  let matched = 0
  for (const secret of secrets) matched |= equalInConstantTime(given, secret)
  return matched === 1
}

function equalInConstantTime(given: string, secret: string): 0 | 1 {
  let difference = given.length ^ secret.length
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(i % Math.max(secret.length, 1))
  }
  return difference === 0 ? 1 : 0
}
