import { errorMessage, isHandlerFault, stackOf } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { WorkScope } from '../core/work-scope.ts'

/** Takes note of what a connector's code threw, if it is a fault of that code. */
export type NoteFault = (thrown: unknown) => void

/** Faults that went through a `withClient` within another one's work: those are of another connector's code. */
const notedFaults = new WeakSet<Error>()

/** One error is noted once, though it goes through the hands of several callers. */
export function makeNoteFault({ id, log, scope }: { id: string; log: Log; scope: WorkScope }): NoteFault {
  return (thrown) => {
    if (!isHandlerFault(thrown) || (thrown instanceof Error && notedFaults.has(thrown))) return
    if (thrown instanceof Error) notedFaults.add(thrown)
    const stack = stackOf(thrown)
    const notes = scope.notes()
    if (notes) notes.fault ??= stack
    const facts = { ...scope.facts(), connector: id, error: errorMessage(thrown), stack }
    log.error(facts, 'A connector’s own code is at fault')
  }
}
