import type { AskedAccess } from '../core/access.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { HubPolicy } from '../core/policy.ts'
import type { Deliver } from '../engine/deliver.ts'
import type { TellAccess } from '../events/access-news.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Installed } from '../host/installed.ts'
import type { Ingest, Journal } from '../journal/index.ts'
import type { ConfiguredInline } from '../sources/index.ts'
import type { Arrival } from './new-event.ts'

export type AnswerParts = {
  journal: Journal
  installed: readonly Installed[]
  clock: Clock
  policy: HubPolicy
  leaseSeconds: number
  ingest: Ingest
  deliver: Deliver
  raiseAlert: RaiseAlert
  tellAccess: TellAccess
  log: Log
  probeSeconds: number
  nudge(): void
}

/** How far it has come by the time that its sender has to be answered. */
export type Progress = { journaled: boolean }

/** An inline hook whose body was understood, with the time that there is for it. */
export type InlineQuestion = Omit<Arrival, 'source' | 'connector'> & {
  source: { id: string; inline: ConfiguredInline }
  installed: Installed
  asked: AskedAccess
  isTest: boolean
  /** Aborted when the sender has given up. */
  signal: AbortSignal
  /** ISO time of that. */
  deadline: string
  progress: Progress
}
