import type { Clock } from '../core/clock.ts'
import type { Journal } from '../journal/index.ts'

/** So much is looked at, and deleted, in one step: it never holds up what is delivered. */
const step = { people: 50, rows: 500 }

/**
 * Forgets looks that found nothing, some people at each step, and begins a new round when the time has come. Where it
 * stands is kept in this process alone: two hubs go over the same people and skip each other's rows.
 */
export function makePruneLooks({
  journal,
  keepDays,
  everySeconds,
  clock,
}: {
  journal: Pick<Journal, 'records'>
  keepDays: number
  everySeconds: number
  clock: Clock
}): () => Promise<void> {
  let after = ''
  let nextRoundAt = Number.NEGATIVE_INFINITY

  return async () => {
    const now = clock.now().getTime()
    if (now < nextRoundAt) return
    const { last, isFull } = await journal.records.pruneLooks({ after, keepDays, ...step })
    if (isFull) return
    after = last ?? ''
    if (last === null) nextRoundAt = now + everySeconds * 1000
  }
}
