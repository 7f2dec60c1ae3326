import { isTakenBy } from '../../core/access.ts'
import { answerGoesOn, answerTooLate, explainFailure } from '../../core/answers.ts'
import { classify, type Outcome } from '../../core/outcome.ts'
import type { ClaimedDelivery, ClaimedInline, ClaimedLane } from '../../core/queue.ts'
import { retryWhenConfigured, type Tried, timeAttempt } from '../ending/tried.ts'
import type { Lease } from '../lease.ts'
import type { Foreground, InlineParts, InlineResult, InlineRun } from './access-work.ts'
import { result } from './access-work.ts'
import { askAgain } from './ask.ts'
import { clearUp } from './clear-up.ts'
import { runProvision } from './grant.ts'
import { runResolve } from './resolve.ts'
import { runRevoke } from './revoke.ts'

type InlineDelivery = ClaimedDelivery & { inline: ClaimedInline }

function isInline(delivery: ClaimedDelivery): delivery is InlineDelivery {
  return delivery.inline !== null
}

type RunAccess = {
  /** Carries out the deliveries of inline kinds whose time has come. */
  runDue(lane: ClaimedLane, lease: Lease): Promise<Tried[]>
  /** Carries out what a sender waits for, after the older revokes of the same access. */
  runForeground(lane: ClaimedLane, lease: Lease, foreground: Foreground): Promise<Tried[]>
}

export function makeRunAccess(parts: InlineParts): RunAccess {
  const { installed, clock } = parts

  const run = (delivery: InlineDelivery, { lane, lease, foreground }: Taken): Promise<Tried> =>
    timeAttempt(delivery, clock, async () => {
      const connector = installed.find(({ id }) => id === lane.connector)
      if (!connector) return { outcome: withoutConnector(delivery, lane) }
      lease.assertHeld()
      const { signal, assertHeld } = lease
      const { outcome, ...inline } = await carryOut(
        { delivery, lane, connector, foreground, signal, assertHeld },
        parts,
      )
      return { outcome, inline }
    })

  return {
    async runDue(lane, lease) {
      const tried: Tried[] = []
      for (const delivery of listDue(lane.deliveries))
        tried.push(await run(delivery, { lane, lease, foreground: null }))
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

/** A question has nobody who waits for its connector to come back. What may have landed waits, however long that takes. */
function withoutConnector({ kind, inline }: InlineDelivery, lane: ClaimedLane): Outcome {
  const retry = retryWhenConfigured(lane)
  if (kind === 'validate' || kind === 'preapprove') return { kind: 'permanent', error: retry.error }
  return inline.begun ? { kind: 'uncertain', error: retry.error } : retry
}

async function carryOut(run: InlineRun, parts: InlineParts): Promise<InlineResult> {
  const { delivery, foreground } = run
  try {
    switch (delivery.kind) {
      case 'resolve':
        return await runResolve(run, parts)
      case 'deprovision':
        return await runRevoke(run, parts)
      case 'provision':
        // Begun once and settled by nobody, it is not begun anew: it could not be told from what was there before.
        return foreground?.deliveryId === delivery.id && delivery.status === 'pending' && !delivery.inline.begun
          ? await runProvision(run, parts)
          : await clearUp(run, parts)
      case 'validate':
      case 'preapprove':
      case 'sync':
      case 'on':
        return await askAgain(run, parts)
    }
  } catch (thrown) {
    run.assertHeld()
    const outcome = classify(thrown, run.connector.id)
    const said = explainFailure(thrown, run)
    return delivery.kind === 'provision' ? result(outcome, answerTooLate(said)) : result(outcome, answerGoesOn(said))
  }
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
