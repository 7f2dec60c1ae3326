import type { Clock } from './clock.ts'
import { makeId } from './id.ts'
import type { NewAttempt } from './queue.ts'
import { hideSecretsIn } from './redact.ts'

type AttemptFacts = Pick<NewAttempt, 'deliveryId' | 'startedAt' | 'outcome' | 'error'> & Partial<NewAttempt>

/**
 * Makes the row of one attempt; no other code does. Unless the facts say otherwise it is the first of its delivery, was
 * not ordered by an operator, ends now, and changed nothing. What connectors said of it holds no known secret.
 */
export function makeAttempt(facts: AttemptFacts, clock: Clock): NewAttempt {
  return {
    id: makeId('att', clock),
    number: 1,
    trigger: 'scheduled',
    durationMs: clock.now().getTime() - Date.parse(facts.startedAt),
    state: null,
    changes: [],
    conflicts: [],
    calls: null,
    stack: null,
    ...hideSecretsIn(facts),
  }
}
