import { type GoLiveReport, reportGoLive } from './go-live.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'

export type HeadedGoLive = { head: ReportHead } & GoLiveReport

/** Reports with its head what enforcing would do now to the people of a page, by default to all. */
export async function makeGoLiveReport(
  plan: Parameters<typeof reportGoLive>[0],
  ask: ReportAsk,
): Promise<HeadedGoLive> {
  const { after = '', most = null } = plan
  const { rows: planned, ...report } = await reportGoLive(plan)
  const filter = { after, most }
  const { head, rows } = await headReport(plan.journal, { report: 'go-live', filter, rows: planned, ask })
  return { head, ...report, rows }
}
