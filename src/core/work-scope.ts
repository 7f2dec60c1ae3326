import type { CallBudget, CallClass } from './call-budget.ts'
import { makeTraceId } from './trace.ts'

/** What a piece of work is about. Log lines, outbound calls and faults within it bear it. */
export type WorkFacts = {
  /** A W3C trace id: the same from the hook to every call that follows from it. */
  request_id: string
  connector?: string
  kind?: string
  event?: string
  delivery?: string
  /** What its calls count as, where a vendor's rate limit is shared out; left out: they go before all others. */
  calls?: Exclude<CallClass, 'denial'>
}

/** What went wrong within a piece of work, in redacted words: it is kept with the attempt. */
export type WorkNotes = {
  /** The latest calls that a vendor refused or did not answer. */
  calls: VendorCall[]
  /** The stack of a fault of the connector's own code. */
  fault: string | null
  /** How many calls were made out of each budget. */
  called: Map<CallBudget, number>
  /**
   * Throws once the lease has ended that allows this work its writes; null: it has none. Asked in the moment in which a
   * call is written to its connection: a process that was stopped goes on where it was, before any of its timers.
   */
  assertHeld: (() => void) | null
}

/** An outbound call that went wrong. `said` is the beginning of the answer, filled in as it is read. */
export type VendorCall = { what: string; said: string }

/**
 * Carries facts along with a piece of work, across all that it awaits, so that a connector's SDK need not pass them on.
 * The roof makes it, because only a runtime can follow what is awaited.
 */
export type WorkScope = {
  run<T>(facts: WorkFacts, work: (notes: WorkNotes) => Promise<T>): Promise<T>
  facts(): WorkFacts | undefined
  notes(): WorkNotes | undefined
}

/** A scope in which nothing is carried along, for callers that have none. */
export const noWorkScope: WorkScope = {
  run: (_facts, work) => work(makeNotes()),
  facts: () => undefined,
  notes: () => undefined,
}

/** Runs work of a connector that no hook began; its calls count as what is said. */
export function runPaced<T>(
  scope: WorkScope,
  { connector, calls }: { connector: string; calls: 'plan' | 'background' },
  work: () => Promise<T>,
): Promise<T> {
  return scope.run({ request_id: makeTraceId(), connector, calls }, work)
}

export function makeNotes(): WorkNotes {
  return { calls: [], fault: null, called: new Map(), assertHeld: null }
}

/** The last ones tell why an attempt failed; a read that found nothing, which is no failure, comes before them. */
const mostCalls = 3

/** Notes a call that went wrong, if there is a piece of work to which it belongs. */
export function noteCall(scope: WorkScope, what: string): VendorCall {
  const call = { what, said: '' }
  const calls = scope.notes()?.calls
  calls?.push(call)
  if (calls && calls.length > mostCalls) calls.shift()
  return call
}
