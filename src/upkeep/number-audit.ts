import type { Journal } from '../journal/index.ts'

/** So many entries are numbered in one step: it never holds up what is delivered. */
const stepRows = 500

/** Returns whether there may be more to number now. */
export type NumberAudit = () => Promise<boolean>

/** Numbers what is on record, one process at a time, long after the acts themselves: these wait for no number. */
export function makeNumberAudit({
  journal: { records },
  everySeconds,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'records'>
  everySeconds: number
  leaseSeconds: number
}): NumberAudit {
  return async () => {
    const chore = await records.beginChore({ name: 'number audit', leaseSeconds })
    if (!chore) return false
    const isMore = (await records.numberAudit({ limit: stepRows })) === stepRows
    await records.endChore(chore, { dueInSeconds: isMore ? 0 : everySeconds })
    return isMore
  }
}
