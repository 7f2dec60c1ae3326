import type { Journal } from '../journal/index.ts'

/** So much is looked at, and deleted, in one step: it never holds up what is delivered. */
const step = { people: 50, rows: 500 }

/** Returns whether there may be more to forget now. */
export type PruneLooks = () => Promise<boolean>

/**
 * Forgets looks that found nothing, some people at each step, and begins a new round when the time has come. Where it
 * stands is in the database: another hub, and the next slice, goes on there.
 */
export function makePruneLooks({
  journal: { records },
  keepDays,
  everySeconds,
  leaseSeconds,
}: {
  journal: Pick<Journal, 'records'>
  keepDays: number
  everySeconds: number
  leaseSeconds: number
}): PruneLooks {
  return async () => {
    const chore = await records.beginChore({ name: 'prune looks', leaseSeconds })
    if (!chore) return false
    const after = chore.state ?? ''
    const { last, isFull } = await records.pruneLooks({ after, keepDays, ...step })
    const isOver = !isFull && last === null
    const state = isFull ? after : last
    await records.endChore({ ...chore, state }, { dueInSeconds: isOver ? everySeconds : 0 })
    return !isOver
  }
}
