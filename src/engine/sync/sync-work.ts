import type { Change, Conflict, Sighting } from '../../core/change.ts'
import type { ChangeRecord, HeldOutcome, Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { HubPolicy } from '../../core/policy.ts'
import type { ClaimedDelivery, ClaimedLane, ClaimedPerson, HeldLane } from '../../core/queue.ts'
import type { Brake } from './brake.ts'
import type { PlanParts, Subject } from './plan-person.ts'

/** What a run found and did, as far as it came; nothing of it is in the journal yet. */
export type SyncRun = {
  outcome: Outcome
  state: PersonState | null
  sightings: Sighting[]
  conflicts: Conflict[]
  changes: ChangeRecord[]
  targets: HeldLane[]
  /** The authority could not be read, and the hook's word was acted on, or could have been. */
  provisional: { state: PersonState; denied: boolean; settled: boolean; held: HeldOutcome | null } | null
}

export type SyncParts = PlanParts & {
  policy: HubPolicy
  /** Further reads of somebody whom a hook contradicts, before the hook is given up. */
  rechecks: number
  /** Leases the targets and journals what is owed; null when another lane is at one of them. */
  prepare(question: { targets: string[]; links: string[]; owed: Change[] }): Promise<HeldLane[] | null>
  /** The step between plan and apply where a mass change is stopped. */
  brake: Brake
  /** Throws when the lease has ended: nothing more may be written. */
  assertHeld(): void
  /** A write that was given up on has ended after all: the person is looked at once more. */
  lookAgain(): void
}

export type SyncWork = { lane: ClaimedLane; person: ClaimedPerson; deliveries: readonly ClaimedDelivery[] }

/** The newest delivery stands for the run; the others point to it. */
export function newestOf(deliveries: readonly ClaimedDelivery[]): ClaimedDelivery {
  const newest = deliveries.reduce((best, delivery) => (delivery.seq > best.seq ? delivery : best))
  return newest
}

export function subjectOf({ person, deliveries }: SyncWork, state: PersonState): Subject {
  const newest = newestOf(deliveries)
  const cause = { eventId: newest.eventId, type: newest.event.type, time: newest.event.time }
  return { person, state, cause, attempt: newest.attempts + 1, idempotencyKey: newest.id }
}
