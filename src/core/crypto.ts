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

/** HMAC-SHA256 of a message, in lower-case hex. */
export async function hmacSha256(key: string, message: Uint8Array<ArrayBuffer>): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign'])
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
