import type { Clock } from '../core/clock.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import { type GoLiveRow, makePlanNow } from './plan-now.ts'
import { workSideBySide } from './work-side-by-side.ts'

export type GoLiveReport = {
  at: string
  /** People asked about; those for whom nothing would be done have no row. */
  people: number
  /** After whom the next page begins; null: nobody is left. */
  next: string | null
  rows: GoLiveRow[]
}

const pageSize = 200

/**
 * Reports who would be locked out or unblocked if the hub enforced now. Every person known is read at the authority and
 * planned anew: a queue, or yesterday's plan, would say what was true then. Beside the plan stands what a run adds to it:
 * debts of earlier denials, and the ends of grants. Reads only, and writes nothing, not even to the journal.
 * @throws CredentialError when a vendor refuses the hub: nothing could be said of any person
 */
export async function reportGoLive({
  journal,
  clock,
  concurrency,
  onProgress,
  after: begin = '',
  most = null,
  ...needs
}: {
  journal: Pick<Journal, 'records'>
  installed: readonly Installed[]
  clock: Clock
  signal: AbortSignal
  /** People planned at once: the vendors' limits are shared with the running hub. */
  concurrency: number
  wait(seconds: number): Promise<void>
  onProgress(done: number): void
  /** The page: after which person it begins, and of how many it is; null: of all. */
  after?: string
  most?: number | null
}): Promise<GoLiveReport> {
  const planNow = makePlanNow({ journal, clock, ...needs })
  const report: GoLiveReport = { at: clock.now().toISOString(), people: 0, next: null, rows: [] }
  for (let after = begin; ; ) {
    if (report.people === most) return { ...report, next: after }
    const limit = Math.min(pageSize, (most ?? Number.POSITIVE_INFINITY) - report.people)
    const page = await journal.records.listKnownPeople({ after, limit })
    const last = page.at(-1)
    if (!last) return report
    after = last.id
    await workSideBySide(page, concurrency, async (person) => {
      const { rows } = await planNow(person)
      report.rows.push(...rows.filter(saysSomething))
      report.people++
      onProgress(report.people)
    })
  }
}

/** Where nothing would be done, there is nothing to tell. */
function saysSomething({ changes, conflicts, error }: GoLiveRow): boolean {
  return changes.length + conflicts.length > 0 || error !== null
}
