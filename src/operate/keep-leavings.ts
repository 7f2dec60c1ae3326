import type { LeavingEvidence } from '../core/evidence.ts'
import type { PersonHistory } from '../core/person-history.ts'
import type { KeepLeavings } from '../journal/index.ts'
import type { Leaver } from './leaver.ts'
import { findLeavings, findReturns } from './leavers.ts'
import { findKept, type LeavingFacts, ofPair } from './leaving-evidence.ts'

/**
 * What is to be kept of leavings whose rows are pruned: each that the histories still show, completed by what was kept of
 * it before, and each that was kept before and that has ended since.
 */
export const keepLeavings: KeepLeavings = (histories, kept) =>
  histories.flatMap((history) => {
    const before = closeAt(findReturns(history), ofPair(kept, history))
    const leavings = findLeavings(history).map((leaver) => toEvidence(leaver, { history, before }))
    const written = new Set(leavings.map(({ begunAt }) => begunAt))
    return [...leavings, ...before.filter(({ begunAt }) => !written.has(begunAt))]
  })

/** A leaving ends with the first return after it. */
function closeAt(returns: readonly number[], kept: readonly LeavingEvidence[]): LeavingEvidence[] {
  return kept.map((one) => {
    const back = one.endedAt === null ? returns.find((time) => time > Date.parse(one.heardAt)) : undefined
    return back === undefined ? one : { ...one, endedAt: new Date(back).toISOString() }
  })
}

function toEvidence(
  leaver: Leaver,
  { history, before }: { history: PersonHistory; before: readonly LeavingEvidence[] },
): LeavingEvidence {
  const { person, connector, leftAt, knownAt, knownBy, heldAt } = leaver
  const known = findKept(leaver, before)
  const back = findReturns(history).find((time) => time > Date.parse(knownAt))
  const runs = history.runs.filter(({ state, startedAt }) => state?.access === 'deny' && startedAt >= knownAt)
  const written = runs.filter(({ changes }) => changes.some(({ owed, result }) => !owed && result === 'done'))
  const first = history.news.find(({ receivedAt }) => receivedAt === knownAt)
  const { status, users, attempts, revocation, revokedAt, standing, exception, actedBy } = leaver
  const actor = actedBy?.id && !actedBy.id.includes('@') ? actedBy.id : null
  const facts: LeavingFacts = {
    heardBy: knownBy,
    status,
    users,
    attempts,
    revocation,
    revokedAt,
    standing,
    exception,
    actor,
  }
  return {
    ...{ person, connector },
    eventId: known?.eventId ?? null,
    deliveryId: known?.deliveryId ?? first?.delivery ?? null,
    begunAt: known?.begunAt ?? leftAt,
    heardAt: known?.heardAt ?? knownAt,
    readAt: known?.readAt ?? runs[0]?.startedAt ?? null,
    doneAt: known?.doneAt ?? written.at(-1)?.endedAt ?? null,
    readBackAt: known?.readBackAt ?? heldAt,
    endedAt: known?.endedAt ?? (back === undefined ? null : new Date(back).toISOString()),
    // What was kept first tells of the lockout; what is left by now may be a look that found it as it should be.
    facts: known ? { ...facts, ...known.facts, standing, exception } : facts,
  }
}
