import type { Conflict, Direction } from './change.ts'
import type { AttemptOutcome, ChangeRecord, DeliveryStatus } from './outcome.ts'
import type { PersonState } from './person.ts'

// What the journal has of one person at one connector: the rows that the report of leavers is judged from.

/** One delivery of news about the person. */
export type HeardNews = {
  delivery: string
  type: string
  /** When it happened, by the sender's word, and when the hub had it. */
  time: string
  receivedAt: string
  hint: Direction
  status: DeliveryStatus
  collapsed: boolean
  error: string | null
}

export type TriedRun = {
  delivery: string
  startedAt: string
  endedAt: string
  outcome: AttemptOutcome
  error: string | null
  state: Pick<PersonState, 'status' | 'access' | 'statusChangedAt'> | null
  changes: ChangeRecord[]
  conflicts: Conflict[]
}

export type OpenDebt = { target: string; since: string }

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
}
