import { borrowSecret } from '../core/redact.ts'

/** The headers in which calls carry what proves who calls. */
const credentialHeader = /authorization|cookie|token|secret|api-?key/i

/**
 * Declares what a call carries as its credential a secret, before the call: a vendor, or a proxy before it, may repeat
 * the call's headers in its answer. All calls of connectors go through here, so that it does not matter which SDK got a
 * token from where.
 */
export function borrowCredentials(headers: Iterable<readonly [string, unknown]>): void {
  for (const [name, value] of headers) {
    if (!credentialHeader.test(name)) continue
    const text = String(value)
    borrowSecret(text)
    const [, behindScheme] = /^\S+\s+(?:token=)?"?([^"\s]+)"?$/i.exec(text) ?? []
    if (behindScheme !== undefined) borrowSecret(behindScheme)
  }
}
