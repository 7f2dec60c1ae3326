import type { HubPolicy } from '../core/policy.ts'
import type { Journal } from '../journal/index.ts'

/** Whether what would be written for a person is only recorded. Null: it is about no person. */
export type IsObserving = (person: string | null) => Promise<boolean>

/** `staged`: all are observed but those for whom a batch ended it, as the journal says now. */
export function makeIsObserving({
  mode,
  journal,
}: {
  mode: HubPolicy['mode']
  journal: Pick<Journal, 'records'>
}): IsObserving {
  if (mode !== 'staged') return async () => mode === 'observe'
  return async (person) => person === null || !(await journal.records.isEnforced(person))
}
