import type { Clock } from '../core/clock.ts'

/** A client that was made a moment ago has the rights of now. After that, a token is asked for every two minutes at most. */
const youngMs = 30_000
const renewalMs = 120_000

/** Makes `renewRights` of an installed connector. */
export function makeRenewRights({
  clock,
  reconnect,
  connectedAt,
  oldestToken,
}: {
  clock: Clock
  reconnect(): void
  connectedAt(): number
  oldestToken(): number | null
}): () => boolean {
  let renewedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now().getTime()
    // A new client may have found an old token. That is renewed at the longer interval: the client before may have been
    // made for this reason.
    const hasOldToken = now - (oldestToken() ?? now) >= renewalMs
    if ((now - connectedAt() < youngMs && !hasOldToken) || now - renewedAt < renewalMs) return false
    renewedAt = now
    reconnect()
    return true
  }
}
