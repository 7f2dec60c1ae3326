import type { Clock } from '../core/clock.ts'
import { makeCountedLog } from '../core/counted-log.ts'
import { errorMessage, isHandlerFault, stackOf } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { WorkScope } from '../core/work-scope.ts'

/** Takes note of what a connector's code threw, if it is a fault of that code. */
export type NoteFault = (thrown: unknown) => void

/** Faults that went through a `withClient` within another one's work: those are of another connector's code. */
const notedFaults = new WeakSet<Error>()

/**
 * One error is noted once, though it goes through the hands of several callers. Under a wave one line a second and kind
 * tells of it, with how many were left out; the stack of each stays with its attempt.
 */
export function makeNoteFault({
  id,
  log,
  scope,
  clock,
}: {
  id: string
  log: Log
  scope: WorkScope
  clock: Clock
}): NoteFault {
  const tell = makeCountedLog({ log, clock, everySeconds: 1 })
  return (thrown) => {
    if (!isHandlerFault(thrown) || (thrown instanceof Error && notedFaults.has(thrown))) return
    if (thrown instanceof Error) notedFaults.add(thrown)
    const stack = stackOf(thrown)
    const notes = scope.notes()
    if (notes) notes.fault ??= stack
    const facts = { ...scope.facts(), connector: id, error: errorMessage(thrown), stack }
    tell(scope.facts()?.kind ?? '', { level: 'error', facts, message: 'A connector’s own code is at fault' })
  }
}
