import type { CallBudget } from '../core/call-budget.ts'
import type { WorkScope } from '../core/work-scope.ts'
import type { Pulse } from './pulse.ts'
import type { Send } from './send.ts'

/**
 * Refuses calls into the internal network: to private, loopback and link-local addresses, such as a cloud's metadata
 * service. It is made on the roof, because only that knows whether the address is seen that a socket connects to.
 */
export type OutboundGuard = {
  /** @throws PermanentError when the host is a refused address in any spelling. Whether a name is judged too, and when, is the runtime's. */
  assertOpen(url: string): void
  /** Sends over connections of the guard alone: none is reused that was made without it. */
  send: Send
  fetch: typeof fetch
}

/** What limits the calls of one connector. */
export type CallLimits = {
  timeoutSeconds: number
  /** The guard of calls to an origin; left out or undefined: those calls are not guarded. */
  guardOf?: (origin: string) => OutboundGuard | undefined
  /** What calls that are not guarded go through in the end; left out: the runtime's `fetch`. */
  via?: typeof fetch | undefined
  /** Told of every answer, and of every call that got none. */
  pulse?: Pulse
  /** Told of every answer, and of every call that belongs to a piece of work. */
  budget?: CallBudget
  /** The work to which a call belongs: its trace goes along, and what goes wrong is noted there. */
  scope?: WorkScope
  /** Addresses of settings whose paths no text shows. */
  hidden?: readonly string[]
}
