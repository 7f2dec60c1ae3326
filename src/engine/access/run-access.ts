import { isTakenBy } from '../../core/access.ts'
import { answerGoesOn, answerTooLate } from '../../core/answers.ts'
import { classify } from '../../core/outcome.ts'
import type { ClaimedDelivery, ClaimedInline } from '../../core/queue.ts'
import type { Tried } from '../ending/tried.ts'
import type { InlineParts, InlineResult, InlineRun } from './access-work.ts'
import { result } from './access-work.ts'
import { askAgain } from './ask-again.ts'
import { clearUp } from './clear-up.ts'
import { runProvision } from './grant.ts'
import { outward } from './outward.ts'
import { runResolve } from './resolve.ts'
import { runRevoke } from './revoke.ts'

type InlineDelivery = ClaimedDelivery & { inline: ClaimedInline }

export function isInline(delivery: ClaimedDelivery): delivery is InlineDelivery {
  return delivery.inline !== null
}

/** Carries out one delivery of an inline kind. */
export async function runInline(run: InlineRun, parts: InlineParts): Promise<Tried> {
  const startedAt = parts.clock.now()
  run.assertHeld()
  const { outcome, ...inline } = await carryOut(run, parts)
  const durationMs = parts.clock.now().getTime() - startedAt.getTime()
  return { delivery: run.delivery, collapsed: [], outcome, run: null, startedAt, durationMs, inline }
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
    const said = outward(thrown, run)
    return delivery.kind === 'provision' ? result(outcome, answerTooLate(said)) : result(outcome, answerGoesOn(said))
  }
}

/** Revokes first, then grants that are over, then questions: each whose time has come. */
export function dueInline(deliveries: readonly ClaimedDelivery[]): InlineDelivery[] {
  const rank = ({ hint }: ClaimedDelivery) => (hint === 'deny' ? 0 : 1)
  return deliveries
    .filter(isInline)
    .filter(({ due }) => due)
    .sort((a, b) => rank(a) - rank(b) || a.seq - b.seq)
}

/** Revokes of the same access that were asked for before this grant and are not done: they come first. */
export function olderRevokes(deliveries: readonly ClaimedDelivery[], grant: InlineDelivery): InlineDelivery[] {
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
