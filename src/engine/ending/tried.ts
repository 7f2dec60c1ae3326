import type { InlineAnswer } from '../../core/access.ts'
import type { Sighting } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { AccessNews } from '../../core/hub-event-types.ts'
import type { Json } from '../../core/json.ts'
import type { Outcome, RefusedRight } from '../../core/outcome.ts'
import type { ClaimedDelivery, ClaimedLane } from '../../core/queue.ts'
import { makeTraceId } from '../../core/trace.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { WorkFacts, WorkNotes, WorkScope } from '../../core/work-scope.ts'
import type { AccessSettlement } from '../../journal/index.ts'
import type { Lease } from '../lease.ts'
import type { SyncRun } from '../sync/sync-work.ts'

/** One attempt of one delivery, with the older ones that it stands for. */
export type Tried = {
  delivery: ClaimedDelivery
  collapsed: ClaimedDelivery[]
  outcome: Outcome
  run: SyncRun | null
  startedAt: Date
  durationMs: number
  /** What went wrong in the connector's calls and in its own code. */
  notes: WorkNotes
  /** What an inline kind came to besides. */
  inline?: InlineTried
}

export type InlineTried = {
  settlement: AccessSettlement
  /** To be journaled as events of the hub's own. */
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

type Attempted = Pick<Tried, 'outcome'> & Partial<Pick<Tried, 'collapsed' | 'run' | 'inline'>>

/**
 * Makes one attempt, and notes when it began, how long it took, and what went wrong in it. All that the attempt calls and
 * logs bears the ids of its delivery.
 */
export async function timeAttempt(
  delivery: ClaimedDelivery,
  {
    clock,
    scope,
    connector,
    lease,
    calls,
  }: {
    clock: Clock
    scope: WorkScope
    connector: string
    lease: Pick<Lease, 'assertHeld'>
    calls?: WorkFacts['calls']
  },
  attempt: () => Promise<Attempted>,
): Promise<Tried> {
  const startedAt = clock.now()
  const { id, kind, eventId, event } = delivery
  const facts = {
    ...{ request_id: event.traceId ?? makeTraceId(), connector, kind, event: eventId, delivery: id },
    ...(calls ? { calls } : {}),
  }
  const [{ outcome, collapsed = [], run = null, ...rest }, notes] = await scope.run(facts, async (notes) => {
    notes.assertHeld = lease.assertHeld
    return [await attempt(), notes] as const
  })
  return {
    delivery,
    notes,
    collapsed,
    outcome,
    run,
    startedAt,
    durationMs: clock.now().getTime() - startedAt.getTime(),
    ...rest,
  }
}

export type KeptNotes = { calls: string[] | null; stack: string | null }

/** What is kept of the notes with an attempt: its calls only where it did not go well. */
export function toKeptNotes({ notes, outcome }: Pick<Tried, 'notes' | 'outcome'>): KeptNotes {
  const calls = endsWell.has(outcome.kind)
    ? []
    : notes.calls.map(({ what, said }) => (said ? `${what}: ${said}` : what))
  return { calls: calls.length > 0 ? calls : null, stack: notes.fault }
}

const endsWell = new Set<Outcome['kind']>(['succeeded', 'observed', 'no_match', 'superseded'])

/** A connector that is switched off keeps its deliveries: they are done when it is on again. */
export function retryWhenConfigured({ connector, authority }: ClaimedLane): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', error: `${connector}, or the authority ${authority}, is not configured here.` }
}
