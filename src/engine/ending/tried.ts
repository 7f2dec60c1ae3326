import type { InlineAnswer } from '../../core/access.ts'
import type { Sighting } from '../../core/change.ts'
import type { Json } from '../../core/json.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { ClaimedDelivery } from '../../core/queue.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { AccessNews } from '../../events/access-news.ts'
import type { AccessSettlement } from '../../journal/index.ts'
import type { SyncRun } from '../sync/sync-work.ts'

/** One attempt of one delivery, with the older ones that it stands for. */
export type Tried = {
  delivery: ClaimedDelivery
  collapsed: ClaimedDelivery[]
  outcome: Outcome
  run: SyncRun | null
  startedAt: Date
  durationMs: number
  /** What an inline kind came to besides. */
  inline?: InlineTried
}

export type InlineTried = {
  settlement: AccessSettlement
  /** To be told to whoever listens. */
  news: readonly AccessNews[]
  /** A credential or a right that was refused on the way, though the delivery does not wait for it. */
  refused: RefusedRight | null
  /** What the sender is told, if it still waits. */
  reply: InlineAnswer
  sightings: readonly Sighting[]
  /** The connector was called, and took the hub's credential. */
  asked: boolean
  /** Of a question: what it would be answered now. */
  answer?: Json
}

/** The same, with what becomes of the delivery. */
export type VerdictOn = Tried & { verdict: Verdict }

/** `pauses`: the credential itself was refused, so that nothing else will go through either. */
export type RefusedRight = { connector: string; error: string; pauses: boolean }
