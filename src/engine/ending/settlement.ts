import { makeAttempt } from '../../core/attempt.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Meter } from '../../core/meter.ts'
import { type ChangeRecord, type DeliveryStatus, type Outcome, type OutcomeKind, wordsOf } from '../../core/outcome.ts'
import type { PersonState } from '../../core/person.ts'
import type { ClaimedLane, NewAttempt } from '../../core/queue.ts'
import type { Schedule } from '../../core/schedule.ts'
import { awaitsSearch, verdict } from '../../core/verdict.ts'
import type { TellAccess } from '../../events/access-news.ts'
import type { RaiseAlert } from '../../events/alert.ts'
import type {
  AccessSettlement,
  HoldChange,
  Journal,
  ProvisionalMark,
  SettledDelivery,
  Settlement,
  Verified,
} from '../../journal/index.ts'
import { isEndOfGrant } from '../access/end-grant.ts'
import { lapsedReason } from '../access/look-at-grants.ts'
import type { SyncRun } from '../sync/sync-work.ts'
import { type AlertRefused, makeRaiseAlerts } from './alerts.ts'
import { listDecisions } from './decisions.ts'
import { findDirection } from './direction.ts'
import { dropErased } from './drop-erased.ts'
import { makeTellSettled } from './tell-settled.ts'
import { type Tried, toKeptNotes, type VerdictOn } from './tried.ts'

/**
 * Ends a lane's run: raises alerts, tells what became of access, then settles. In this order, so that a crash in between
 * can only tell something twice, and never lose it.
 * @throws FencedOutError when another worker has claimed the lane since: nothing is settled
 */
export function makeEndLane({
  journal,
  raiseAlert,
  alertRefused,
  tellAccess,
  log,
  meter,
  clock,
  schedule,
  leaseSeconds,
  probeSeconds,
  random,
}: {
  journal: Pick<Journal, 'queue'>
  raiseAlert: RaiseAlert
  alertRefused: AlertRefused
  tellAccess: TellAccess
  log: Log
  meter: Meter
  clock: Clock
  schedule: Schedule
  leaseSeconds: number
  probeSeconds: number
  random(): number
}): (lane: ClaimedLane, tried: readonly Tried[]) => Promise<void> {
  const raiseAlerts = makeRaiseAlerts({ journal, raiseAlert, alertRefused, log, probeSeconds })

  const tellSettled = makeTellSettled({ log, meter, clock })

  const judge = (one: Tried, lane: ClaimedLane): VerdictOn => {
    const { delivery, outcome } = one
    const mayStillBeWritten = lane.takenOver || hasFailedBefore(one)
    const planAgainAfterSeconds = mayStillBeWritten && delivery.kind === 'sync' ? leaseSeconds : null
    const deny = findDirection(one, lane) === 'deny'
    const searchesAgain = one.run?.searched === true && one.run.state?.access === 'deny'
    const question = { outcome, schedule, delivery, deny, planAgainAfterSeconds, searchesAgain }
    return { ...one, verdict: verdict({ ...question, random: random() }) }
  }

  return async (lane, tried) => {
    const judged = tried.map((one) => judge(dropErased(one, lane), lane))
    const settlement = buildSettlement(lane, judged, { clock, probeSeconds })
    await raiseAlerts(lane, judged)
    await tellAccess(tried.flatMap(({ inline, run }) => [...(inline?.news ?? []), ...(run?.news ?? [])]))
    await journal.queue.settle(settlement)
    for (const one of judged) tellSettled(lane, one, findDirection(one, lane))
  }
}

/** Builds what the attempts at a lane come to, as it is written when the lane is given back. */
function buildSettlement(
  lane: ClaimedLane,
  judged: readonly VerdictOn[],
  { clock, probeSeconds }: { clock: Clock; probeSeconds: number },
): Settlement {
  const synced = judged.find((one) => one.run)
  const run = synced?.run ?? null
  // A read that came too early is on the attempt, but is not yet the person's state.
  const believed = run && run.outcome.kind !== 'too_early' ? run.state : null
  const done = run?.changes.filter((change) => change.owed && change.result === 'done') ?? []
  return {
    lane: { key: lane.key, epoch: lane.epoch },
    targets: run?.targets ?? [],
    connector: lane.connector,
    person: lane.person ? { id: lane.person.id, state: believed } : null,
    sightings: [...(run?.sightings ?? []), ...judged.flatMap(({ inline }) => inline?.sightings ?? [])],
    deliveries: judged.map((one) => toSettled(one, lane)),
    attempts: judged.flatMap((one) => toAttempt(one, clock)),
    owedDone: done.map(({ target, action, note }) => ({ target, action, note: note ?? null })),
    // While a denial that was given up on may still land, what is owed to it stands: until the plan after it.
    owedDropped: believed?.access === 'allow' && !lane.takenOver && !judged.some(hasFailedBefore),
    hold: synced?.run ? toHoldChange(lane, { delivery: synced.delivery.id, run: synced.run, believed }) : null,
    ...(run ? { observed: run.changes.some(({ result }) => result === 'observed') } : {}),
    provisional: run ? toProvisionalMark(run, probeSeconds) : null,
    access: mergeAccess(judged),
    hasRight: judged.some(provesRight),
    decisions: listDecisions(lane, judged),
    verified: run && believed && (run.hasTargets || run.looks.length > 0) ? toVerified(run, lane) : null,
  }
}

/** A grant or a handler's event that went through. That access could be taken away does not prove that it can be given. */
function provesRight({ delivery: { kind }, outcome, inline }: Tried): boolean {
  return outcome.kind === 'succeeded' && (kind === 'on' || (kind === 'provision' && inline?.asked === true))
}

function mergeAccess(tried: readonly Tried[]): AccessSettlement {
  const all = tried.flatMap(({ inline }) => inline?.settlement ?? [])
  const taken = tried.flatMap(({ delivery, run }) => listEndedGrants(delivery.id, run))
  return {
    granted: all.flatMap(({ granted }) => granted),
    ended: [...all.flatMap(({ ended }) => ended), ...taken],
    revokes: all.flatMap(({ revokes }) => revokes),
  }
}

/** Lists the grants that a denial took away, and those whose invitation lapsed. */
function listEndedGrants(deliveryId: string, run: SyncRun | null): AccessSettlement['ended'][number][] {
  const ids = run?.changes
    .filter((change) => isEndOfGrant(change) && change.result === 'done')
    .map(({ target }) => target)
  return [
    ...(ids && ids.length > 0 ? [{ deliveryId, reason: 'The authority denies the person.', ids }] : []),
    ...(run && run.lapsed.length > 0 ? [{ deliveryId, reason: lapsedReason, ids: run.lapsed }] : []),
  ]
}

/**
 * True if an earlier attempt failed: a write that was given up on may still wait inside the vendor, and land after
 * everything that was done since. The later look that follows from that is not used up by a run that came earlier
 * because of other news.
 */
function hasFailedBefore({ delivery, collapsed }: Tried): boolean {
  return [delivery, ...collapsed].some((one) =>
    one.status === 'pending' ? one.attempts > 0 : !one.due && looksAgain.has(one.status) && !awaitsSearch(one),
  )
}

/** Settled deliveries that are looked at once more. */
const looksAgain = new Set<DeliveryStatus>(['succeeded', 'held', 'contradicted'])

function toSettled(one: VerdictOn, lane: ClaimedLane): SettledDelivery {
  const { status, waitSeconds, attempts, rechecks } = one.verdict
  return {
    id: one.delivery.id,
    status,
    direction: findDirection(one, lane),
    attempts,
    rechecks,
    waitSeconds,
    ...wordsOf(one.outcome),
    // A look at what is known says nothing of what only a search would find.
    sync: one.run !== null && (looksAtAll(one.run) || one.outcome.kind === 'held'),
    collapsed: one.collapsed.map(({ id }) => id),
  }
}

function toAttempt(one: VerdictOn, clock: Clock): NewAttempt[] {
  const { delivery, outcome, run, startedAt, durationMs, inline } = one
  if (outcome.kind === 'busy') return []
  const facts = {
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
    ...toKeptNotes(one),
    ...(inline?.answer === undefined ? {} : { answer: inline.answer }),
  }
  return [makeAttempt(facts, clock)]
}

type HeldRun = { delivery: string; run: SyncRun; believed: PersonState | null }

/**
 * A hold is over when the run wrote all it had to write, or found nothing to write; also if one user was left alone
 * because of a conflict.
 */
function toHoldChange({ person, connector }: ClaimedLane, { delivery, run, believed }: HeldRun): HoldChange | null {
  if (!person) return null
  const { outcome } = run
  const stopped = outcome.kind === 'held' ? outcome : run.provisional?.held
  const ended = ending.has(outcome.kind) || isConflict(outcome)
  return {
    person: person.id,
    connector,
    delivery,
    hold: stopped?.hold ?? null,
    over: believed !== null && ended && looksAtAll(run),
  }
}

function looksAtAll({ looks }: SyncRun): boolean {
  return looks.length === 0 || looks.includes('search')
}

/**
 * What a run says of how long ago a person's targets were seen. Only a run that left nothing to do has seen them as they
 * should be. What it locked out anew had been opened by others, where an earlier run had seen it shut.
 */
function toVerified({ looks, outcome, changes, state, takenUp }: SyncRun, { person }: ClaimedLane): Verified {
  const links = new Set(person?.sightings.flatMap(({ kind, value }) => (kind === 'link' ? [value] : [])))
  const isReversal = ({ target, direction, result, owed, renews }: ChangeRecord) =>
    direction === 'deny' && result === 'done' && !owed && !renews && links.has(target)
  return {
    access: state?.access ?? 'unknown',
    takenUp,
    looks: looks.length === 0 ? ['ids', 'search'] : looks,
    seen: outcome.kind === 'succeeded' || outcome.kind === 'no_match',
    reversed: looks.length > 0 && person?.verifiedBefore ? changes.filter(isReversal).map(({ target }) => target) : [],
  }
}

const ending = new Set<OutcomeKind>(['succeeded', 'no_match', 'contradicted'])

function isConflict(outcome: Outcome): boolean {
  return outcome.kind === 'held' && outcome.code === 'conflict'
}

function toProvisionalMark({ state, provisional, outcome }: SyncRun, probeSeconds: number): ProvisionalMark | null {
  if (provisional) {
    return { kind: 'tried', denied: provisional.denied, againSeconds: provisional.settled ? null : probeSeconds }
  }
  // A read that came too early does not judge yet what was locked out on the hook's word.
  return state && outcome.kind !== 'too_early' ? { kind: 'over' } : null
}
