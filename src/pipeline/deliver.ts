import type { Direction } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import { FencedOutError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { Log } from '../core/log.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Schedule } from '../core/schedule.ts'
import { type Verdict, verdict } from '../core/verdict.ts'
import type { ClaimedDelivery, ClaimedLane } from '../journal/claim.ts'
import type { Journal } from '../journal/journal.ts'
import type { NewAttempt, SettledDelivery, Settlement } from '../journal/settle.ts'
import type { RaiseAlert } from './alert-event.ts'
import { runEdge } from './edges.ts'
import type { Installed } from './installed.ts'
import { holdLease, type Lease, type LeaseTimes } from './lease.ts'
import { raiseAlerts } from './raise-alerts.ts'
import { newestOf, runSync, type SyncParts } from './sync.ts'
import type { Tried, VerdictOn } from './tried.ts'

export type DeliverParts = LeaseTimes & {
  journal: Journal
  installed: readonly Installed[]
  schedule: Schedule
  probeSeconds: number
  clock: Clock
  log: Log
  random(): number
  raiseAlert: RaiseAlert
  brake: SyncParts['brake']
}

export type Deliver = (lane: ClaimedLane) => Promise<void>

/**
 * Works through a claimed lane and settles what came of it. A worker that was fenced out writes nothing, and makes the
 * lane due again, so that whoever owns it now looks once more at what this one may still have written.
 */
export function makeDeliver(parts: DeliverParts): Deliver {
  const { journal, log } = parts
  return async (lane) => {
    const held = { key: lane.key, epoch: lane.epoch }
    const lease = holdLease({
      ...parts,
      lane: held,
      renew: (lanes) => journal.renew({ lanes, leaseSeconds: parts.leaseSeconds }),
    })
    const tried: Tried[] = []
    try {
      await runLane({ lane, lease, tried }, parts)
      const settlement = settlementOf({ lane, tried }, parts)
      await raiseAlerts({ lane, judged: settlement.judged }, parts)
      await journal.settle(settlement)
    } catch (thrown) {
      if (!(thrown instanceof FencedOutError)) throw thrown
      log.warn({ lane: lane.key }, 'Lost the lease of a lane: it is made due again')
      await journal.makeDueAgain({ lane: lane.key, deliveryIds: newestSync(lane) })
    } finally {
      lease.release()
    }
  }
}

function newestSync({ deliveries }: ClaimedLane): string[] {
  const syncs = deliveries.filter(({ kind }) => kind === 'sync')
  return syncs.length > 0 ? [newestOf(syncs).id] : []
}

type LaneRun = { lane: ClaimedLane; lease: Lease; tried: Tried[] }

async function runLane(laneRun: LaneRun, parts: DeliverParts): Promise<void> {
  const { lane, tried } = laneRun
  const installed = parts.installed.find(({ id }) => id === lane.connector)
  const syncs = lane.deliveries.filter((delivery) => delivery.kind === 'sync')
  if (syncs.some((delivery) => delivery.due)) tried.push(await trySync({ ...laneRun, installed, syncs }, parts))

  for (const delivery of lane.deliveries.filter(({ kind }) => kind === 'on')) {
    if (!delivery.due) break
    const attempted = await tryEdge(delivery, { ...laneRun, installed }, parts)
    tried.push(attempted)
    if (attempted.outcome.kind !== 'succeeded' && attempted.outcome.kind !== 'permanent') break
  }
}

type SyncTry = LaneRun & { installed: Installed | undefined; syncs: ClaimedDelivery[] }

async function trySync({ lane, lease, installed, syncs }: SyncTry, parts: DeliverParts): Promise<Tried> {
  const startedAt = parts.clock.now()
  const delivery = newestOf(syncs)
  const authority = parts.installed.find(({ id }) => id === lane.authority)
  const run =
    installed && authority && lane.person
      ? await runSync(
          { lane, person: lane.person, deliveries: syncs },
          syncParts({ lane, lease, installed, authority }, parts),
        )
      : null
  const outcome = run?.outcome ?? missing(lane)
  lease.assertHeld()
  const collapsed = syncs.filter((other) => other !== delivery)
  return { delivery, collapsed, outcome, run, startedAt, durationMs: parts.clock.now().getTime() - startedAt.getTime() }
}

/** A connector that is switched off keeps its deliveries: they are done when it is on again. */
function missing(lane: ClaimedLane): Outcome {
  return { kind: 'retry', error: `${lane.connector}, or the authority ${lane.authority}, is not configured here.` }
}

type SyncPartsQuestion = { lane: ClaimedLane; lease: Lease; installed: Installed; authority: Installed }

function syncParts({ lane, lease, installed, authority }: SyncPartsQuestion, parts: DeliverParts): SyncParts {
  return {
    installed,
    authority,
    clock: parts.clock,
    brake: parts.brake,
    signal: lease.signal,
    assertHeld: lease.assertHeld,
    prepare: async (question) => {
      const held = { key: lane.key, epoch: lane.epoch }
      const leased = await parts.journal.prepare({
        ...question,
        lane: held,
        person: lane.person?.id ?? '',
        connector: lane.connector,
        leaseSeconds: parts.leaseSeconds,
      })
      if (leased) lease.include(leased)
      return leased
    },
  }
}

type EdgeTry = LaneRun & { installed: Installed | undefined }

async function tryEdge(
  delivery: ClaimedDelivery,
  { lane, lease, installed }: EdgeTry,
  parts: DeliverParts,
): Promise<Tried> {
  const startedAt = parts.clock.now()
  lease.assertHeld()
  const outcome = installed
    ? await runEdge(delivery, { installed, signal: lease.signal, clock: parts.clock })
    : missing(lane)
  const durationMs = parts.clock.now().getTime() - startedAt.getTime()
  return { delivery, collapsed: [], outcome, run: null, startedAt, durationMs }
}

function settlementOf({ lane, tried }: { lane: ClaimedLane; tried: Tried[] }, parts: DeliverParts) {
  const judged: VerdictOn[] = tried.map((one) => ({ ...one, verdict: judge(one, lane, parts) }))
  const run = tried.find((one) => one.run)?.run ?? null
  // A read that came too early is on the attempt, but is nobody's state yet.
  const believed = run && run.outcome.kind !== 'too_early' ? run.state : null
  const done = run?.changes.filter((change) => change.owed && change.result === 'done') ?? []
  const settlement: Settlement = {
    lane: { key: lane.key, epoch: lane.epoch },
    targets: run?.targets ?? [],
    connector: lane.connector,
    person: lane.person ? { id: lane.person.id, state: believed } : null,
    sightings: run?.sightings ?? [],
    deliveries: judged.map(toSettled),
    attempts: judged.filter(({ outcome }) => outcome.kind !== 'busy').map((one) => toAttempt(one, parts.clock)),
    owedDone: done.map(({ target, action, note }) => ({ target, action, note: note ?? null })),
    // While a denial that was given up on may still land, what is owed to it stands: until the plan after it.
    owedDropped: believed?.access === 'allow' && !lane.takenOver && !tried.some(hasFailedBefore),
  }
  return { ...settlement, judged }
}

function judge(one: Tried, lane: ClaimedLane, { schedule, random, leaseSeconds }: DeliverParts): Verdict {
  const { delivery, outcome } = one
  const mayStillBeWritten = lane.takenOver || hasFailedBefore(one)
  const planAgainAfterSeconds = mayStillBeWritten && delivery.kind === 'sync' ? leaseSeconds : null
  const deny = directionOf(one) === 'deny'
  return verdict({ outcome, schedule, delivery, deny, planAgainAfterSeconds, random: random() })
}

/** A write that was given up on may still wait inside the vendor, and land after everything that was done since. */
function hasFailedBefore({ delivery, collapsed }: Tried): boolean {
  return [delivery, ...collapsed].some(({ status, attempts }) => status === 'pending' && attempts > 0)
}

/** A sync delivery is deny work until the authority has said otherwise. */
function directionOf({ delivery, run }: Tried): Direction {
  if (delivery.kind !== 'sync') return delivery.hint
  if (!run?.state || run.state.access === 'deny') return 'deny'
  return run.state.access === 'allow' ? 'allow' : 'neutral'
}

function toSettled(one: VerdictOn): SettledDelivery {
  const { status, waitSeconds, attempts, rechecks } = one.verdict
  return {
    id: one.delivery.id,
    status,
    direction: directionOf(one),
    attempts,
    rechecks,
    waitSeconds,
    error: 'error' in one.outcome ? one.outcome.error : null,
    collapsed: one.collapsed.map(({ id }) => id),
  }
}

function toAttempt({ delivery, outcome, run, startedAt, durationMs }: VerdictOn, clock: Clock): NewAttempt {
  return {
    id: makeId('att', clock),
    deliveryId: delivery.id,
    number: delivery.attempts + 1,
    trigger: delivery.trigger,
    startedAt: startedAt.toISOString(),
    durationMs,
    outcome: outcome.kind,
    error: 'error' in outcome ? outcome.error : null,
    state: run?.state ?? null,
    changes: run?.changes ?? [],
    conflicts: run?.conflicts ?? [],
  }
}
