import type { TellAudit } from '../events/tell-audit.ts'
import type { Journal } from '../journal/index.ts'

/** So many entries are numbered, and told, in one step: it never holds up what is delivered. */
const stepRows = 100

/** Returns whether there may be more to do now. */
export type NumberAudit = () => Promise<boolean>

/**
 * Numbers what is on record, one process at a time, after the acts themselves: these wait for no number. Then it tells
 * of what is numbered. Up to where is noted after that: a process that dies in between tells once more what is one event.
 */
export function makeNumberAudit({
  journal: { records },
  tellAudit,
  everySeconds,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'records'>
  tellAudit: TellAudit
  everySeconds: number
  leaseSeconds: number
}): NumberAudit {
  return async () => {
    const chore = await records.beginChore({ name: 'number audit', leaseSeconds })
    if (!chore) return false
    const numbered = await records.numberAudit({ limit: stepRows })
    const entries = await records.listNumbered({ after: Number(chore.state ?? 0), limit: stepRows })
    await tellAudit(entries)
    const isMore = numbered === stepRows || entries.length === stepRows
    const state = entries.at(-1)?.number.toString() ?? chore.state
    await records.endChore({ ...chore, state }, { dueInSeconds: isMore ? 0 : everySeconds })
    return isMore
  }
}
