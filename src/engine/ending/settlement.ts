import type { Direction } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { makeId } from '../../core/id.ts'
import { type DeliveryStatus, type Outcome, type OutcomeKind, wordsOf } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedLane, NewAttempt } from '../../core/queue.ts'
import type { Schedule } from '../../core/schedule.ts'
import { type Verdict, verdict } from '../../core/verdict.ts'
import type { AccessSettlement, HoldChange, ProvisionalMark, SettledDelivery, Settlement } from '../../journal/index.ts'
import { isEndOfGrant } from '../access/end-grant.ts'
import type { SyncRun } from '../sync/sync-work.ts'
import type { Tried, VerdictOn } from './tried.ts'

export type SettlementParts = {
  schedule: Schedule
  leaseSeconds: number
  probeSeconds: number
  clock: Clock
  random(): number
}

/** What the attempts at a lane come to, as it is written when the lane is given back; `judged`: with each one's verdict. */
export function settlementOf({ lane, tried }: { lane: ClaimedLane; tried: Tried[] }, parts: SettlementParts) {
  const judged: VerdictOn[] = tried.map((one) => ({ ...one, verdict: judge(one, lane, parts) }))
  const synced = tried.find((one) => one.run)
  const run = synced?.run ?? null
  // A read that came too early is on the attempt, but is nobody's state yet.
  const believed = run && run.outcome.kind !== 'too_early' ? run.state : null
  const done = run?.changes.filter((change) => change.owed && change.result === 'done') ?? []
  const settlement: Settlement = {
    lane: { key: lane.key, epoch: lane.epoch },
    targets: run?.targets ?? [],
    connector: lane.connector,
    person: lane.person ? { id: lane.person.id, state: believed } : null,
    sightings: [...(run?.sightings ?? []), ...tried.flatMap(({ inline }) => inline?.sightings ?? [])],
    deliveries: judged.map((one) => toSettled(one, lane)),
    attempts: judged.flatMap((one) => toAttempt(one, parts.clock)),
    owedDone: done.map(({ target, action, note }) => ({ target, action, note: note ?? null })),
    // While a denial that was given up on may still land, what is owed to it stands: until the plan after it.
    owedDropped: believed?.access === 'allow' && !lane.takenOver && !tried.some(hasFailedBefore),
    hold: synced?.run ? holdChange(lane, { delivery: synced.delivery.id, run: synced.run, believed }) : null,
    ...(run ? { observed: run.changes.some(({ result }) => result === 'observed') } : {}),
    provisional: run ? provisionalMark(run, parts.probeSeconds) : null,
    access: accessOf(tried),
  }
  return { ...settlement, judged }
}

function accessOf(tried: readonly Tried[]): AccessSettlement {
  const all = tried.flatMap(({ inline }) => inline?.settlement ?? [])
  const taken = tried.flatMap(({ delivery, run }) => endedBy(delivery.id, run))
  return {
    granted: all.flatMap(({ granted }) => granted),
    ended: [...all.flatMap(({ ended }) => ended), ...taken],
    revokes: all.flatMap(({ revokes }) => revokes),
  }
}

/** What a denial took away of what the hub had granted. */
function endedBy(deliveryId: string, run: SyncRun | null): AccessSettlement['ended'][number][] {
  const ids = run?.changes
    .filter((change) => isEndOfGrant(change) && change.result === 'done')
    .map(({ target }) => target)
  return ids && ids.length > 0 ? [{ deliveryId, reason: 'The person was locked out.', ids }] : []
}

function judge(one: Tried, lane: ClaimedLane, { schedule, random, leaseSeconds }: SettlementParts): Verdict {
  const { delivery, outcome } = one
  const mayStillBeWritten = lane.takenOver || hasFailedBefore(one)
  const planAgainAfterSeconds = mayStillBeWritten && delivery.kind === 'sync' ? leaseSeconds : null
  const deny = directionOf(one, lane) === 'deny'
  return verdict({ outcome, schedule, delivery, deny, planAgainAfterSeconds, random: random() })
}

/**
 * A write that was given up on may still wait inside the vendor, and land after everything that was done since. The
 * later look that follows from that is not used up by a run that other news brought on earlier.
 */
function hasFailedBefore({ delivery, collapsed }: Tried): boolean {
  return [delivery, ...collapsed].some(({ status, attempts, due }) =>
    status === 'pending' ? attempts > 0 : !due && looksAgain.has(status),
  )
}

/** Settled deliveries that are looked at once more. */
const looksAgain = new Set<DeliveryStatus>(['succeeded', 'held', 'contradicted'])

/**
 * A sync delivery is deny work until the authority has said otherwise, and as long as it has something to take away:
 * what an earlier denial still owes outlives a status that decides nothing.
 */
function directionOf({ delivery, run }: Tried, { owed }: Pick<ClaimedLane, 'owed'>): Direction {
  if (delivery.kind !== 'sync') return delivery.hint
  if (!run?.state || run.state.access === 'deny') return 'deny'
  if (run.changes.some(({ direction }) => direction === 'deny')) return 'deny'
  if (run.state.access === 'allow') return 'allow'
  return owed.length > 0 ? 'deny' : 'neutral'
}

function toSettled(one: VerdictOn, lane: ClaimedLane): SettledDelivery {
  const { status, waitSeconds, attempts, rechecks } = one.verdict
  return {
    id: one.delivery.id,
    status,
    direction: directionOf(one, lane),
    attempts,
    rechecks,
    waitSeconds,
    ...wordsOf(one.outcome),
    sync: one.run !== null,
    collapsed: one.collapsed.map(({ id }) => id),
  }
}

function toAttempt({ delivery, outcome, run, startedAt, durationMs, inline }: VerdictOn, clock: Clock): NewAttempt[] {
  if (outcome.kind === 'busy') return []
  const attempt = {
    id: makeId('att', clock),
    deliveryId: delivery.id,
    number: delivery.attempts + 1,
    trigger: delivery.trigger,
    startedAt: startedAt.toISOString(),
    durationMs,
    outcome: outcome.kind,
    error: wordsOf(outcome).error,
    state: run?.state ?? run?.provisional?.state ?? null,
    changes: run?.changes ?? [],
    conflicts: run?.conflicts ?? [],
    ...(inline?.answer === undefined ? {} : { answer: inline.answer }),
  }
  return [attempt]
}

type Held = { delivery: string; run: SyncRun; believed: PersonState | null }

/** Over when the run wrote all it was to write, or found nothing to write: a conflict at one user concerns nobody held. */
function holdChange({ person, connector }: ClaimedLane, { delivery, run, believed }: Held): HoldChange | null {
  if (!person) return null
  const { outcome } = run
  const stopped = outcome.kind === 'held' ? outcome : run.provisional?.held
  const ended = ending.has(outcome.kind) || isConflict(outcome)
  return { person: person.id, connector, delivery, hold: stopped?.hold ?? null, over: believed !== null && ended }
}

const ending = new Set<OutcomeKind>(['succeeded', 'no_match', 'contradicted'])

function isConflict(outcome: Outcome): boolean {
  return outcome.kind === 'held' && outcome.code === 'conflict'
}

function provisionalMark({ state, provisional, outcome }: SyncRun, probeSeconds: number): ProvisionalMark | null {
  if (provisional) {
    return { kind: 'tried', denied: provisional.denied, againSeconds: provisional.settled ? null : probeSeconds }
  }
  // Read, but not believed yet: what the hook shut is still to be judged.
  return state && outcome.kind !== 'too_early' ? { kind: 'over' } : null
}
