import type { Conflict, Sighting } from '../../core/change.ts'
import type { AccessNews, Alert } from '../../core/hub-event-types.ts'
import type { ChangeRecord, HeldOutcome, Outcome } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedDelivery, ClaimedLane, ClaimedPerson, HeldLane } from '../../core/queue.ts'
import type { Look } from '../../core/verification.ts'
import type { WorkFacts } from '../../core/work-scope.ts'
import type { Installed } from '../../host/installed.ts'
import type { Lease } from '../lease.ts'
import type { Subject } from './plan.ts'

/** What one run is about: a person at a connector, and the deliveries that it stands for. */
export type SyncWork = {
  lane: ClaimedLane
  lease: Lease
  person: ClaimedPerson
  installed: Installed
  authority: Installed
  /** Aborted when the lease ends. */
  signal: AbortSignal
  /** The sync deliveries that this run stands for. */
  deliveries: readonly ClaimedDelivery[]
  /** What a verification looks at; empty: an ordinary run. */
  looks: readonly Look[]
  /** What its calls count as; left out: they are a denial's. */
  calls?: WorkFacts['calls']
}

/** What a run found and did, as far as it came; nothing of it is in the journal yet. */
export type SyncRun = {
  /** The connector has targets of its own that are compared, not only grants. */
  hasTargets: boolean
  outcome: Outcome
  /** What went wrong besides, with a target each: the gravest is the outcome, and these are told all the same. */
  others: Outcome[]
  state: PersonState | null
  sightings: Sighting[]
  conflicts: Conflict[]
  changes: ChangeRecord[]
  targets: HeldLane[]
  /** Of a verification: what it looked at; empty: an ordinary run, which looks at everything. */
  looks: readonly Look[]
  /** What a verification found and did not touch, to be told once. */
  alerts: Alert[]
  /** Of a look at grants: what is told of them, whose invitation lapsed, and whose was taken up. */
  news: AccessNews[]
  lapsed: string[]
  takenUp: string[]
  /** The connector was asked for the person's users. */
  searched: boolean
  /** The authority could not be read, and the hook's word was acted on, or could have been. */
  provisional: { state: PersonState; denied: boolean; settled: boolean; held: HeldOutcome | null } | null
}

/** Finds the newest delivery: it stands for the run, and the others point to it. */
export function newestOf(deliveries: readonly ClaimedDelivery[]): ClaimedDelivery {
  return deliveries.reduce((best, delivery) => (delivery.seq > best.seq ? delivery : best))
}

export function subjectOf({ person, deliveries }: SyncWork, state: PersonState): Subject {
  const newest = newestOf(deliveries)
  const cause = { eventId: newest.eventId, type: newest.event.type, time: newest.event.time }
  return { person, state, cause, attempt: newest.attempts + 1, idempotencyKey: newest.id }
}
