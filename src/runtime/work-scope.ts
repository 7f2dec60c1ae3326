import { AsyncLocalStorage } from 'node:async_hooks'
import { makeNotes, type WorkFacts, type WorkNotes, type WorkScope } from '../core/work-scope.ts'

/** Makes the scope that follows a piece of work through everything it awaits. */
export function makeWorkScope(): WorkScope {
  const storage = new AsyncLocalStorage<{ facts: WorkFacts; notes: WorkNotes }>()
  return {
    run(facts, work) {
      const notes = makeNotes()
      return storage.run({ facts, notes }, work, notes)
    },
    facts: () => storage.getStore()?.facts,
    notes: () => storage.getStore()?.notes,
  }
}
