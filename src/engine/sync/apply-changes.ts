import type { Change } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import type { Applied } from '../../core/connector.ts'
import { FencedOutError } from '../../core/errors.ts'
import { type ChangeRecord, classify, type Outcome, type OutcomeKind } from '../../core/outcome.ts'

export type ApplyParts = {
  connector: string
  clock: Clock
  assertHeld(): void
  apply(change: Change): Promise<Applied>
}

export type AppliedChanges = { records: ChangeRecord[]; outcomes: Outcome[] }

/**
 * Carries out every change, though another failed. Flag first, then revoke: what is owed to a user waits until that
 * user's own change is done, or sessions made in between would outlive the tick.
 * @throws FencedOutError when the lease ended on the way
 */
export async function applyChanges(changes: readonly Change[], parts: ApplyParts): Promise<AppliedChanges> {
  const applied: AppliedChanges = { records: [], outcomes: [] }
  const failedTargets = new Set<string>()
  for (const change of changes) {
    if (change.owed && failedTargets.has(change.target)) continue
    parts.assertHeld()
    const startedAt = parts.clock.now().getTime()
    const took = () => parts.clock.now().getTime() - startedAt
    try {
      const remark = await parts.apply(change)
      applied.records.push({ ...change, result: 'done', ...(remark ? { note: remark.note } : {}), durationMs: took() })
    } catch (thrown) {
      if (thrown instanceof FencedOutError) throw thrown
      const outcome = classify(thrown, parts.connector)
      failedTargets.add(change.target)
      applied.outcomes.push(outcome)
      applied.records.push({
        ...change,
        result: 'failed',
        error: 'error' in outcome ? outcome.error : '',
        durationMs: took(),
      })
    }
  }
  return applied
}

/** Which outcome speaks for a run in which several things went wrong: the one that needs somebody most. */
const gravity: readonly OutcomeKind[] = ['credential', 'retry', 'permanent', 'missing_right']

export function worstOutcome(outcomes: readonly Outcome[]): Outcome | undefined {
  const rank = ({ kind }: Outcome) => (gravity.includes(kind) ? gravity.indexOf(kind) : gravity.length)
  return [...outcomes].sort((a, b) => rank(a) - rank(b))[0]
}
