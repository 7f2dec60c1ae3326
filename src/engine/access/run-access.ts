import { isTakenBy } from '../../core/access.ts'
import { answerGoesOn, answerTooLate, explainFailure } from '../../core/answers.ts'
import type { Clock } from '../../core/clock.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { ClaimedDelivery, ClaimedInline, ClaimedLane } from '../../core/queue.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal } from '../../journal/index.ts'
import { retryWhenConfigured, type Tried, timeAttempt } from '../ending/tried.ts'
import type { IsObserving } from '../is-observing.ts'
import { type Lease, type LookAgain, watchTurn } from '../lease.ts'
import { bindMakeCall, type Foreground, type InlineResult, type InlineRun, makeResult } from './access-work.ts'
import { makeAskAgain } from './ask.ts'
import { makeClearUp } from './clear-up.ts'
import { makeProvision } from './grant.ts'
import { makeResolve } from './resolve.ts'
import { makeRevoke } from './revoke.ts'

type InlineDelivery = ClaimedDelivery & { inline: ClaimedInline }

function isInline(delivery: ClaimedDelivery): delivery is InlineDelivery {
  return delivery.inline !== null
}

type RunAccess = {
  /** Carries out the deliveries of inline kinds whose time has come; those that are no denials leave room for one. */
  runDue(lane: ClaimedLane, lease: Lease): Promise<Tried[]>
  /** Carries out what a sender waits for, after the older revokes of the same access. */
  runForeground(lane: ClaimedLane, lease: Lease, foreground: Foreground): Promise<Tried[]>
}

export function makeRunAccess({
  journal,
  installed,
  clock,
  isObserving,
  leaseSeconds,
  lookAgain,
  scope,
}: {
  journal: Journal
  installed: readonly Installed[]
  clock: Clock
  isObserving: IsObserving
  leaseSeconds: number
  lookAgain: LookAgain
  scope: WorkScope
}): RunAccess {
  const makeCall = bindMakeCall({ installed, journal, clock })
  const revoke = makeRevoke({ clock, isObserving, makeCall })
  const carryOut = makeCarryOut({
    revoke,
    resolve: makeResolve({ journal, installed, clock, leaseSeconds, revoke }),
    provision: makeProvision({ journal, clock, makeCall, lookAgain }),
    clearUp: makeClearUp({ journal, clock, leaseSeconds, makeCall }),
    askAgain: makeAskAgain({ makeCall }),
  })

  const run = (delivery: InlineDelivery, { lane, lease, foreground }: Taken): Promise<Tried> =>
    timeAttempt(delivery, { clock, scope, lease, connector: lane.connector, ...classOf(delivery) }, async () => {
      const connector = installed.find(({ id }) => id === lane.connector)
      if (!connector) return { outcome: endWithoutConnector(delivery, lane) }
      lease.assertHeld()
      const { signal, assertHeld } = lease
      const { outcome, ...inline } = await carryOut({ delivery, lane, connector, foreground, signal, assertHeld })
      return { outcome, inline }
    })

  return {
    async runDue(lane, lease) {
      const tried: Tried[] = []
      const hasToYield = watchTurn(clock)
      const isLeaving =
        !lane.authorityPaused &&
        lane.deliveries.some(({ kind, hint, due }) => kind === 'sync' && hint === 'deny' && due)
      for (const delivery of listDue(lane.deliveries)) {
        if (delivery.hint !== 'deny' && (isLeaving || hasToYield())) break
        tried.push(await run(delivery, { lane, lease, foreground: null }))
      }
      return tried
    },
    async runForeground(lane, lease, foreground) {
      const tried: Tried[] = []
      const delivery = lane.deliveries.filter(isInline).find(({ id }) => id === foreground.deliveryId)
      if (!delivery) return tried
      for (const older of delivery.kind === 'provision' ? listOlderRevokes(lane.deliveries, delivery) : []) {
        const revoked = await run(older, { lane, lease, foreground: null })
        tried.push(revoked)
        if (revoked.outcome.kind !== 'succeeded' && revoked.outcome.kind !== 'superseded') return tried
      }
      tried.push(await run(delivery, { lane, lease, foreground }))
      return tried
    },
  }
}

type Taken = { lane: ClaimedLane; lease: Lease; foreground: Foreground | null }

/** The connector is not configured. A question ends by that; a grant that may have landed waits, however long that takes. */
function endWithoutConnector({ kind, inline }: InlineDelivery, lane: ClaimedLane): Outcome {
  const retry = retryWhenConfigured(lane)
  if (kind === 'validate' || kind === 'preapprove') return { kind: 'permanent', error: retry.error }
  return inline.begun ? { kind: 'uncertain', error: retry.error } : retry
}

type CarryOut = (run: InlineRun) => Promise<InlineResult>

/** Makes what carries out one delivery by its kind; what it throws becomes an outcome. */
function makeCarryOut(ways: Record<'revoke' | 'resolve' | 'provision' | 'clearUp' | 'askAgain', CarryOut>): CarryOut {
  const choose = ({ delivery, foreground }: InlineRun): CarryOut => {
    switch (delivery.kind) {
      case 'resolve':
        return ways.resolve
      case 'deprovision':
        return ways.revoke
      case 'provision':
        // Begun once and not settled, it is not begun again: it could not be told from what was there before.
        return foreground?.deliveryId === delivery.id && delivery.status === 'pending' && !delivery.inline.begun
          ? ways.provision
          : ways.clearUp
      case 'validate':
      case 'preapprove':
      case 'sync':
      case 'on':
        return ways.askAgain
    }
  }

  return async (run) => {
    try {
      return await choose(run)(run)
    } catch (thrown) {
      run.assertHeld()
      const outcome = classify(thrown, run.connector.id)
      const said = explainFailure(thrown, run)
      const reply = run.delivery.kind === 'provision' ? answerTooLate(said) : answerGoesOn(said)
      return makeResult(outcome, reply)
    }
  }
}

/** What its calls count as: those of a revoke go before all others. */
function classOf({ hint }: ClaimedDelivery) {
  return hint === 'deny' ? {} : ({ calls: 'opening' } as const)
}

/** Lists what is due: revokes first, then grants that are over, then questions. */
function listDue(deliveries: readonly ClaimedDelivery[]): InlineDelivery[] {
  const rank = ({ hint }: ClaimedDelivery) => (hint === 'deny' ? 0 : 1)
  return deliveries
    .filter(isInline)
    .filter(({ due }) => due)
    .sort((a, b) => rank(a) - rank(b) || a.seq - b.seq)
}

/** Lists revokes of the same access that were asked for before this grant and are not done: they come first. */
function listOlderRevokes(deliveries: readonly ClaimedDelivery[], grant: InlineDelivery): InlineDelivery[] {
  return deliveries
    .filter(isInline)
    .filter(
      ({ kind, status, inline, event, eventId }) =>
        kind === 'deprovision' &&
        status === 'pending' &&
        inline.grants === null &&
        eventId !== grant.eventId &&
        Date.parse(event.receivedAt) <= Date.parse(grant.event.receivedAt) &&
        isTakenBy(grant.inline, inline),
    )
}
