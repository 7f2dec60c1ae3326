import type { Clock } from '../core/clock.ts'
import { FencedOutError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Outcome } from '../core/outcome.ts'
import type { HubPolicy } from '../core/policy.ts'
import type { ClaimedDelivery, ClaimedLane } from '../core/queue.ts'
import type { Schedule } from '../core/schedule.ts'
import type { TellAccess } from '../events/access-news.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import type { Foreground, InlineRun } from './access/access-work.ts'
import { dueInline, isInline, olderRevokes, runInline } from './access/run-access.ts'
import { runEdge } from './edge.ts'
import { raiseAlerts } from './ending/alerts.ts'
import { settlementOf } from './ending/settlement.ts'
import type { Tried } from './ending/tried.ts'
import { holdLease, type Lease, type LeaseTimes } from './lease.ts'
import { lookAgain } from './look-again.ts'
import { makeBrake } from './sync/brake.ts'
import { runSync } from './sync/run-sync.ts'
import { newestOf, type SyncParts } from './sync/sync-work.ts'

export type DeliverParts = LeaseTimes & {
  journal: Journal
  installed: readonly Installed[]
  schedule: Schedule
  probeSeconds: number
  clock: Clock
  log: Log
  random(): number
  policy: HubPolicy
  raiseAlert: RaiseAlert
  tellAccess: TellAccess
}

/** Returns what was tried and settled; nothing when the lane was lost. With a foreground, its delivery alone. */
export type Deliver = (lane: ClaimedLane, foreground?: Foreground) => Promise<Tried[]>

/**
 * Works through a claimed lane and settles what came of it. A worker that was fenced out writes nothing, and makes the
 * lane due again, so that whoever owns it now looks once more at what this one may still have written.
 */
export function makeDeliver(parts: DeliverParts): Deliver {
  const { journal, log } = parts
  return async (lane, foreground) => {
    const held = { key: lane.key, epoch: lane.epoch }
    const lease = holdLease({
      ...parts,
      lane: held,
      renew: (lanes) => journal.queue.renew({ lanes, leaseSeconds: parts.leaseSeconds }),
    })
    const tried: Tried[] = []
    try {
      await (foreground
        ? runForeground({ lane, lease, tried }, foreground, parts)
        : runLane({ lane, lease, tried }, parts))
      const settlement = settlementOf({ lane, tried }, parts)
      await raiseAlerts({ lane, judged: settlement.judged }, parts)
      await parts.tellAccess(tried.flatMap(({ inline }) => inline?.news ?? []))
      await journal.queue.settle(settlement)
      return tried
    } catch (thrown) {
      if (!(thrown instanceof FencedOutError)) throw thrown
      log.warn({ lane: lane.key }, 'Lost the lease of a lane: it is made due again')
      await journal.queue.makeDueAgain({
        lane: lane.key,
        deliveryIds: [...newestSync(lane), ...grantUnderWay(lane, foreground)],
      })
      return []
    } finally {
      lease.release()
    }
  }
}

function newestSync({ deliveries }: ClaimedLane): string[] {
  const syncs = deliveries.filter(({ kind }) => kind === 'sync')
  return syncs.length > 0 ? [newestOf(syncs).id] : []
}

/** It may have landed after whoever has the lane now read it back. */
function grantUnderWay({ deliveries }: ClaimedLane, foreground: Foreground | undefined): string[] {
  const ours = deliveries.filter(({ id, kind }) => id === foreground?.deliveryId && kind === 'provision')
  return ours.map(({ id }) => id)
}

type LaneRun = { lane: ClaimedLane; lease: Lease; tried: Tried[] }

async function runLane(laneRun: LaneRun, parts: DeliverParts): Promise<void> {
  const { lane, tried } = laneRun
  for (const delivery of dueInline(lane.deliveries)) tried.push(await tryInline(delivery, laneRun, null, parts))
  // Taken for these alone: what needs the authority waits for it.
  if (lane.authorityPaused && tried.length > 0) return
  const installed = parts.installed.find(({ id }) => id === lane.connector)
  const syncs = lane.deliveries.filter((delivery) => delivery.kind === 'sync')
  if (syncs.some((delivery) => delivery.due)) tried.push(await trySync({ ...laneRun, installed, syncs }, parts))

  for (const delivery of lane.deliveries.filter(({ kind }) => kind === 'on')) {
    if (!delivery.due) break
    const attempted = await tryEdge(delivery, { ...laneRun, installed }, parts)
    tried.push(attempted)
    if (!goesOn.has(attempted.outcome.kind)) break
  }
}

/** Carries out what somebody waits for, after the revokes of the same access that came before it. */
async function runForeground(laneRun: LaneRun, foreground: Foreground, parts: DeliverParts): Promise<void> {
  const { lane, tried } = laneRun
  const delivery = lane.deliveries.filter(isInline).find(({ id }) => id === foreground.deliveryId)
  if (!delivery) return
  for (const older of delivery.kind === 'provision' ? olderRevokes(lane.deliveries, delivery) : []) {
    const revoked = await tryInline(older, laneRun, null, parts)
    tried.push(revoked)
    if (revoked.outcome.kind !== 'succeeded' && revoked.outcome.kind !== 'superseded') return
  }
  tried.push(await tryInline(delivery, laneRun, foreground, parts))
}

async function tryInline(
  delivery: InlineRun['delivery'],
  { lane, lease }: LaneRun,
  foreground: Foreground | null,
  parts: DeliverParts,
): Promise<Tried> {
  const connector = parts.installed.find(({ id }) => id === lane.connector)
  if (connector) {
    const run = { delivery, lane, connector, foreground, signal: lease.signal, assertHeld: lease.assertHeld }
    return runInline(run, parts)
  }
  const { error } = missing(lane)
  // What may have landed is cleared up when the connector is back, however long that takes.
  const waits: Outcome = delivery.inline.begun ? { kind: 'uncertain', error } : { kind: 'retry', error }
  const isQuestion = delivery.kind === 'validate' || delivery.kind === 'preapprove'
  const outcome: Outcome = isQuestion ? { kind: 'permanent', error } : waits
  return { delivery, collapsed: [], outcome, run: null, startedAt: parts.clock.now(), durationMs: 0 }
}

/** After these the next event of the lane is handled. */
const goesOn = new Set<Outcome['kind']>(['succeeded', 'permanent', 'observed'])

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
function missing(lane: ClaimedLane): Extract<Outcome, { kind: 'retry' }> {
  return { kind: 'retry', error: `${lane.connector}, or the authority ${lane.authority}, is not configured here.` }
}

type SyncPartsQuestion = { lane: ClaimedLane; lease: Lease; installed: Installed; authority: Installed }

function syncParts({ lane, lease, installed, authority }: SyncPartsQuestion, parts: DeliverParts): SyncParts {
  return {
    installed,
    authority,
    authorities: parts.installed.filter(({ connector }) => connector.holders),
    journal: parts.journal,
    clock: parts.clock,
    brake: makeBrake({ journal: parts.journal, limits: parts.policy.brake, clock: parts.clock }),
    policy: parts.policy,
    rechecks: parts.schedule.contradictionWaitsSeconds.length,
    signal: lease.signal,
    assertHeld: lease.assertHeld,
    lookAgain: () => lookAgain({ lane: lane.key, deliveryIds: newestSync(lane) }, parts),
    prepare: async (question) => {
      const held = { key: lane.key, epoch: lane.epoch }
      const leased = await parts.journal.queue.prepare({
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
  const outcome = await edgeOutcome(delivery, { lane, lease, installed }, parts)
  const durationMs = parts.clock.now().getTime() - startedAt.getTime()
  return { delivery, collapsed: [], outcome, run: null, startedAt, durationMs }
}

/**
 * Observing, a handler is not called at all: what it would write cannot be known without writing it. What the hub has
 * to say itself, such as an alert, concerns nobody's access and is said.
 */
async function edgeOutcome(
  delivery: ClaimedDelivery,
  { lane, lease, installed }: Pick<EdgeTry, 'lane' | 'lease' | 'installed'>,
  { policy, clock }: DeliverParts,
): Promise<Outcome> {
  if (!installed) return missing(lane)
  if (policy.mode === 'observe' && delivery.event.source !== 'hub') return { kind: 'observed' }
  return runEdge(delivery, { installed, signal: lease.signal, clock })
}
