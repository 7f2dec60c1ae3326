import type { Outcome } from '../core/outcome.ts'
import type { Verdict } from '../core/verdict.ts'
import type { ClaimedDelivery } from '../journal/claim.ts'
import type { SyncRun } from './sync-run.ts'

/** One attempt of one delivery, with the older ones that it stands for. */
export type Tried = {
  delivery: ClaimedDelivery
  collapsed: ClaimedDelivery[]
  outcome: Outcome
  run: SyncRun | null
  startedAt: Date
  durationMs: number
}

/** The same, with what becomes of the delivery. */
export type VerdictOn = Tried & { verdict: Verdict }
