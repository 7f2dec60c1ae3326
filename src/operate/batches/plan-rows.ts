import type { BatchTerms } from '../../core/batch.ts'
import type { OpenRow, RowToWrite } from '../../journal/index.ts'

/** Plans rows of one batch, with all others of their lanes among them. It reads, and writes nothing. */
export type PlanRows = (rows: readonly OpenRow[], about: PlanAbout) => Promise<RowToWrite[]>

type PlanAbout = { terms: BatchTerms; signal: AbortSignal }
