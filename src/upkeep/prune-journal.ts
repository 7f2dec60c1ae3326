import type { KeptDays } from '../core/evidence.ts'
import type { Journal, KeepLeavings } from '../journal/index.ts'

/** So many events, or rows of evidence, are looked at in one step: it never holds up what is delivered. */
const stepRows = 500

/** Returns whether there may be more to delete now. */
export type PruneJournal = () => Promise<boolean>

/**
 * Deletes what the settings say that the journal need not keep: bodies, then events, sign-ins and evidence, a step of each,
 * one process at a time. A round begins with the oldest when the time has come: what was open then may be over by now. Where
 * each stands is in the database: another hub, and the next slice, goes on there.
 */
export function makePruneJournal({
  journal: { records },
  keep,
  keepLeavings,
  everySeconds,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'records'>
  keep: KeptDays
  keepLeavings: KeepLeavings
  everySeconds: number
  leaseSeconds: number
}): PruneJournal {
  /** `prune` takes where it goes on, and returns where the next step does; null: the round is over. */
  const takeStep = async (name: string, prune: (after: string) => Promise<string | null>) => {
    const chore = await records.beginChore({ name, leaseSeconds })
    if (!chore) return false
    const state = await prune(chore.state ?? '')
    await records.endChore({ ...chore, state }, { dueInSeconds: state === null ? everySeconds : 0 })
    return state !== null
  }

  const { bodiesDays, days, evidenceDays } = keep
  return async () => {
    const isMore = [
      bodiesDays !== null &&
        (await takeStep('prune bodies', async (after) => {
          const { last } = await records.pruneBodies({ after, keepDays: bodiesDays, rows: stepRows })
          return last
        })),
      days !== null &&
        (await takeStep('prune events', async (after) => {
          const { last } = await records.pruneEvents({ after, keepDays: days, rows: stepRows, keepLeavings })
          return last
        })),
      days !== null &&
        (await takeStep('prune sign-ins', async () => {
          const count = await records.pruneSignIns({ keepDays: days, rows: stepRows })
          return count === stepRows ? '' : null
        })),
      await takeStep('prune evidence', async () => {
        const count = await records.pruneEvidence({ keepDays: evidenceDays, rows: stepRows })
        return count === stepRows ? '' : null
      }),
    ]
    return isMore.some(Boolean)
  }
}
