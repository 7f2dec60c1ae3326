import type { CallBudget } from '../core/call-budget.ts'
import { makeTraceparent } from '../core/trace.ts'
import { describeCall } from '../core/vendor-call.ts'
import { noteCall, noWorkScope, type VendorCall, type WorkScope } from '../core/work-scope.ts'

/** The headers that name the trace to which a call belongs; none, where it belongs to no piece of work. */
export function traceHeaders(scope: WorkScope = noWorkScope): Record<string, string> {
  const traceId = scope.facts()?.request_id
  return traceId === undefined ? {} : { traceparent: makeTraceparent(traceId) }
}

/** Counts a call for the work to which it belongs. */
export function countCall(budget: CallBudget | undefined, scope: WorkScope = noWorkScope): void {
  const facts = scope.facts()
  if (!facts || !budget) return
  budget.spend(facts.calls)
  const called = scope.notes()?.called
  called?.set(budget, (called.get(budget) ?? 0) + 1)
}

type FailedCall = { method: string; url: string; scope?: WorkScope | undefined; hidden?: readonly string[] | undefined }

/** Makes what notes that a call failed, and how. All outbound calls go through here, whichever SDK makes them. */
export function makeNoteFailure({
  method,
  url,
  scope = noWorkScope,
  hidden = [],
}: FailedCall): (how: string) => VendorCall {
  return (how) => noteCall(scope, `${describeCall({ method, url, hidden })} ${how}`)
}
