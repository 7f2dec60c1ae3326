import type { Agents } from 'got'

/**
 * Keeps calls from going inside: to private, loopback and link-local addresses, a cloud's metadata among them. Made on
 * the roof, which alone can look at the address that a socket connects to.
 */
export type OutboundGuard = {
  /** @throws PermanentError when the host is an address that is refused, however it is spelt; names are judged on connecting. */
  assertOpen(url: string): void
  /** For calls by got: agents of their own, so that no connection is taken over that somebody made without the guard. */
  agents: Agents
  fetch: typeof fetch
}
