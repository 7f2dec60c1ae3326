import { sha256, toHex } from '../core/crypto.ts'

/** `bh_` and 32 random bytes in hexadecimal. `redactText` hides every text of this form. */
const form = /^bh_[0-9a-f]{64}$/

/** Makes the text of a new token: the only place where it is known. */
export function makeTokenText(): string {
  return `bh_${toHex(crypto.getRandomValues(new Uint8Array(32)))}`
}

/**
 * The form in which a token is stored; null for a text that is no token. Without a salt: 256 random bits cannot be
 * guessed from their hash, and the hash has to be found by an index.
 */
export function hashToken(text: string): string | null {
  return form.test(text) ? toHex(sha256(new TextEncoder().encode(text))) : null
}
