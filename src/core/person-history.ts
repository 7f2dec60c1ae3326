import type { Conflict, Direction, Hold } from './change.ts'
import type { Json } from './json.ts'
import type { AttemptOutcome, ChangeRecord, DeliveryCode, DeliveryStatus } from './outcome.ts'
import type { Access, PersonState } from './person.ts'

// What the journal has of one person at one connector: the rows from which the report of leavers and what is shown of a
// person are judged.

/** One delivery of news about the person. */
export type HeardNews = {
  delivery: string
  type: string
  /** When it happened, by the sender's word, and when the hub had it. */
  time: string
  receivedAt: string
  hint: Direction
  status: DeliveryStatus
  code: DeliveryCode | null
  collapsed: boolean
  error: string | null
  nextAttemptAt: string | null
  /** Who acted, in the authority's own words. */
  actor: Json
}

export type TriedRun = {
  delivery: string
  /** The type of the event that caused it. */
  type: string
  startedAt: string
  endedAt: string
  outcome: AttemptOutcome
  error: string | null
  state: Pick<PersonState, 'status' | 'access' | 'statusChangedAt' | 'provisional'> | null
  changes: ChangeRecord[]
  conflicts: Conflict[]
}

export type OpenDebt = { target: string; since: string }

/** What stands of the person at the connector now, beside what runs found. */
export type StandingFacts = {
  /** What the authority said last. */
  access: Access | null
  /** A lockout that was stopped, and what an operator said of it. */
  hold: { why: Hold['why']; order: 'release' | 'cancel' | null; by: string | null; reason: string | null } | null
  /** The last run only observed. */
  observing: boolean
  /** The connector or the authority for which all work here waits. */
  pausedBy: string | null
  /** Others lift the block again and again: the flag is written, and the block left. */
  contested: boolean
  /** Until when an operator lets the lifted block be. */
  exceptedUntil: string | null
  /** On the list of those who are never locked out without an operator. */
  isProtected: boolean
  /** When all that is known here was last seen to be as the authority says, while the person is denied. */
  seenAt: string | null
  /** The person's users here, and when a run saw each last. */
  links: { target: string; seenAt: string }[]
  /** Users that were adopted for another person since. */
  others: { target: string; person: string }[]
  /** Users that were found and not touched, and still are not. */
  conflicts: Conflict[]
}

/** Everything the journal knows of one person at one connector. */
export type PersonHistory = {
  person: string
  source: string
  authorityId: string
  login: string | null
  connector: string
  news: HeardNews[]
  runs: TriedRun[]
  debts: OpenDebt[]
  standing: StandingFacts
}
