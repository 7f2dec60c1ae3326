import { ownConnector } from '../../core/lane.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { ConnectorState, DeliveryDetails } from '../../journal/index.ts'
import type { Colour } from '../terminal/terminal.ts'
import { formatTime } from '../terminal/text.ts'

type Words = { meaning: string; colour: Colour }

/** What each status means, for an operator who met it in an alert. */
export const statusWords: Record<DeliveryStatus, Words> = {
  pending: { meaning: 'waits for its turn or for its next try; the hub goes on by itself', colour: 'cyan' },
  running: {
    meaning: 'was taken by a process of the hub; were that dead, another takes it when the lease is over',
    colour: 'cyan',
  },
  succeeded: {
    meaning: 'is done, and was read back where that can be; of a question: it was answered',
    colour: 'green',
  },
  failed: {
    meaning: 'was given up: nothing happens any more unless you replay it, or a provision is asked for again',
    colour: 'red',
  },
  superseded: {
    meaning:
      'was overtaken, came too late, was not needed (any more), or was cancelled by an operator; it never runs again',
    colour: 'dim',
  },
  held: { meaning: 'was stopped on purpose: a person must decide', colour: 'yellow' },
  contradicted: {
    meaning: 'the event said "locked out", but the authority kept saying "allowed", which was followed',
    colour: 'yellow',
  },
  no_match: {
    meaning: 'no user of the person was found at the target; it is looked for again after 1 min and 24 h',
    colour: 'yellow',
  },
  uncertain: { meaning: 'the call may have arrived or not; it must be read back', colour: 'yellow' },
}

/** Says what the status of this delivery means: its kind and its code say more than the status alone. */
export function explainStatus(delivery: DeliveryDetails): string {
  const { status, kind, inline } = delivery
  if (inline?.asked.trial) return 'was a trial of the hook: recorded, and nothing was done'
  if (delivery.code === 'dismissed') return 'was set aside, and dismissed by an operator; it never runs again'
  if (status === 'superseded' && isRepeat(delivery)) return 'was done before by another, and not again; it never runs'
  const words = delivery.connector === ownConnector ? ownWords : wordsByKind[kind]
  return words[status] ?? statusWords[status].meaning
}

/** True for a provision that was answered from the record, because the same request had been done. */
export function isRepeat({ kind, code }: Pick<DeliveryDetails, 'kind' | 'code'>): boolean {
  return kind === 'provision' && code === 'answered_again'
}

const question: Partial<Record<DeliveryStatus, string>> = {
  succeeded: 'was asked, and answered',
  failed: 'could not be answered, and was closed',
}

const refusedRevoke = 'was refused: nothing was taken away'
const readBack = 'is done, and was read back where the connector can be asked'

/** Of what the hub reads for itself: nothing is compared, and nothing was written that could be read back. */
const ownWords: Partial<Record<DeliveryStatus, string>> = {
  succeeded: 'is done: the person was read, and whether their tokens and sessions of this hub are good goes by that',
}

const wordsByKind: Record<DeliveryKind, Partial<Record<DeliveryStatus, string>>> = {
  sync: { succeeded: 'is done, and was read back' },
  on: { succeeded: 'is done: the handler ended without an error' },
  validate: question,
  preapprove: question,
  provision: { succeeded: readBack, failed: 'was refused: it is never replayed, but asked for again at the platform' },
  deprovision: { succeeded: readBack, failed: refusedRevoke },
  resolve: {
    succeeded: 'is done: each person who had it loses it by a delivery of their own, or by the e-mail alone',
    failed: refusedRevoke,
  },
}

/** One line on a paused connector: since when, why, and that its work waits. */
export function formatPaused({ id, reason, pausedSince }: ConnectorState, now: Date): string {
  const since = formatTime(pausedSince ?? now.toISOString(), now)
  return `${id} is paused since ${since}: ${reason ?? 'no reason noted'}. Its work waits and is not used up.`
}
