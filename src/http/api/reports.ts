import { z } from '@hono/zod-openapi'
import { makeGoLiveReport } from '../../operate/go-live-report.ts'
import { reportLeavers } from '../../operate/leavers.ts'
import { reportOperators } from '../../operate/operators.ts'
import { addRead } from './add-read.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { makeOneAtATime } from './one-at-a-time.ts'
import { pageQuery, readCursor, writeCursor } from './page.ts'
import { makeAsk, period, readPeriod, zone } from './report-ask.ts'
import { goLiveReport, leaversReport, operatorsReport } from './report-schema.ts'

/** People are planned by this many at once: the vendors' limits are shared with the deliveries. */
const plannedAtOnce = 2

/** Adds the reports, by the functions that the command line calls. */
export function addReports(api: Api, needs: ApiNeeds): void {
  const { journal, clock } = needs
  const read = { role: 'auditor', tag: 'reports', problems: [422] } as const
  addRead(
    api,
    {
      ...read,
      path: '/reports/leavers',
      summary: 'Reports who left within a period, with the evidence of each lockout.',
      query: period,
      answer: leaversReport,
    },
    async ({ caller, query }) => {
      const ask = makeAsk(needs, { caller, zone: query.zone })
      return reportLeavers(journal, { ...ask, ...readPeriod(query, ask.now) })
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/reports/operators',
      summary: 'Reports who could order within a period, by which token or account, and what they did.',
      query: period,
      answer: operatorsReport,
    },
    async ({ caller, query }) => {
      const ask = makeAsk(needs, { caller, zone: query.zone })
      return reportOperators(journal, { ...ask, ...readPeriod(query, ask.now) })
    },
  )
  const planAlone = makeOneAtATime()
  addRead(
    api,
    {
      ...read,
      path: '/reports/go-live',
      summary:
        'Reports what enforcing would do now to the people of a page, read and planned anew; one page at a time.',
      query: z.strictObject({ zone, ...pageQuery }),
      answer: goLiveReport,
    },
    async ({ caller, query }) => {
      const listing = { list: 'go-live', filter: query }
      const after = readCursor(listing, query.cursor)
      const plan = {
        ...{ journal, clock, installed: needs.installed, concurrency: plannedAtOnce, most: query.limit },
        ...(after === undefined ? {} : { after }),
        signal: new AbortController().signal,
        wait: refuseToWait,
        onProgress: () => {},
      }
      const ask = makeAsk(needs, { caller, zone: query.zone })
      const report = await planAlone(() => makeGoLiveReport(plan, ask))
      return { ...report, next: writeCursor(listing, report.next) }
    },
  )
}

/** A request does not wait until a vendor has forgotten how often it was asked: of that person nothing is said. */
async function refuseToWait(): Promise<never> {
  throw new Error('The vendor answers no more questions right now.')
}
