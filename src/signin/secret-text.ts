import { sha256, toHex } from '../core/crypto.ts'

/** What each secret of the hub's own making begins with. `redactText` hides every text of these forms. */
const prefixes = { token: 'bh', session: 'bs', link: 'bl' } as const

type SecretKind = keyof typeof prefixes

/** Makes a secret, a prefix and 32 random bytes in hexadecimal: the only place where its text is known. */
export function makeSecretText(kind: SecretKind): string {
  return `${prefixes[kind]}_${toHex(crypto.getRandomValues(new Uint8Array(32)))}`
}

/**
 * The form in which a secret is stored; null for a text that is none of this kind. Without a salt: 256 random bits cannot
 * be guessed from their hash, and the hash has to be found by an index.
 */
export function hashSecretText(kind: SecretKind, text: string): string | null {
  const isOne = new RegExp(`^${prefixes[kind]}_[0-9a-f]{64}$`).test(text)
  return isOne ? toHex(sha256(new TextEncoder().encode(text))) : null
}
