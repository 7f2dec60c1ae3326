import { z } from '@hono/zod-openapi'
import { day } from '../../core/duration.ts'
import { isZone } from '../../core/zone.ts'
import { makeGoLiveReport } from '../../operate/go-live-report.ts'
import { reportLeavers } from '../../operate/leavers.ts'
import { reportOperators } from '../../operate/operators.ts'
import type { ReportAsk } from '../../operate/report-head.ts'
import type { Caller } from '../../signin/caller.ts'
import { addRead } from './add-read.ts'
import { givenText, givenTime } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'
import { goLiveReport, leaversReport, operatorsReport } from './report-schema.ts'

const zone = givenText(64)
  .refine(isZone, { error: 'is no time zone such as Europe/Berlin' })
  .default('UTC')
  .openapi({ default: 'UTC', description: 'Whose days and times are meant. All times of an answer are in UTC.' })

const period = z.strictObject({
  zone,
  from: givenTime.optional().openapi({ description: 'At or after this. By default 30 days before `to`.' }),
  to: givenTime.optional().openapi({ description: 'Before this. By default now.' }),
})

const mostDays = 400
const defaultDays = 30

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

function makeAsk({ clock }: ApiNeeds, { caller, zone }: { caller: Caller; zone: string }): ReportAsk {
  const { actor, account, way } = caller
  return { reader: { actor, account, way }, now: clock.now(), zone }
}

function readPeriod({ from, to }: z.output<typeof period>, now: Date): { from: string; to: string } {
  const end = to === undefined ? now : new Date(to)
  const begin = from === undefined ? new Date(end.getTime() - defaultDays * day) : new Date(from)
  if (begin < end && end.getTime() - begin.getTime() <= mostDays * day) {
    return { from: begin.toISOString(), to: end.toISOString() }
  }
  throw new ApiProblem('wrong_period', `The period begins before it ends, and has at most ${mostDays} days.`)
}

/** A request does not wait until a vendor has forgotten how often it was asked: of that person nothing is said. */
async function refuseToWait(): Promise<never> {
  throw new Error('The vendor answers no more questions right now.')
}

/** Each run asks the vendors about many people: there is one at a time, and who comes meanwhile asks again. */
function makeOneAtATime() {
  let isBusy = false
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (isBusy)
      throw new ApiProblem('too_busy', 'Another report of this kind is being made. Ask again when it is done.')
    isBusy = true
    try {
      return await work()
    } finally {
      isBusy = false
    }
  }
}
