import { hmacSha256, sha256, toHex } from '../../core/crypto.ts'

/**
 * What binds a sign-in to the browser that began it: 256 random bits in a cookie. All that the issuer is told follows from
 * it, so that the journal holds a hash alone, and who reads the journal can end no sign-in.
 */
export type BrowserSecret = {
  text: string
  /** As the journal has it. */
  hash: string
  state: string
  nonce: string
  /** Proves at the end of a sign-in that it is the one that began (PKCE). */
  verifier: string
}

const form = /^[0-9a-f]{64}$/

export function makeBrowserSecret(): BrowserSecret {
  return derive(toHex(crypto.getRandomValues(new Uint8Array(32))))
}

/** Reads the cookie's text; null: it is none of ours. */
export function readBrowserSecret(text: string): BrowserSecret | null {
  return form.test(text) ? derive(text) : null
}

function derive(text: string): BrowserSecret {
  const of = (use: string) => toHex(hmacSha256(text, new TextEncoder().encode(use)))
  const hash = toHex(sha256(new TextEncoder().encode(text)))
  return { text, hash, state: of('state'), nonce: of('nonce'), verifier: of('verifier') }
}
