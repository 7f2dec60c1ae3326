import { z } from '@hono/zod-openapi'
import { day } from '../../core/duration.ts'
import { isZone } from '../../core/zone.ts'
import type { ReportAsk } from '../../operate/report-head.ts'
import type { Caller } from '../../signin/caller.ts'
import { givenText, givenTime } from './facts.ts'
import type { ApiNeeds } from './needs.ts'
import { ApiProblem } from './problems.ts'

// What every report is asked over HTTP.

export const zone = givenText(64)
  .refine(isZone, { error: 'is no time zone such as Europe/Berlin' })
  .default('UTC')
  .openapi({ default: 'UTC', description: 'Whose days and times are meant. All times of an answer are in UTC.' })

export const period = z.strictObject({
  zone,
  from: givenTime.optional().openapi({ description: 'At or after this. By default 30 days before `to`.' }),
  to: givenTime.optional().openapi({ description: 'Before this. By default now.' }),
})

const mostDays = 400
const defaultDays = 30

/** A report as this caller asks for it, now. */
export function makeAsk(
  { clock }: Pick<ApiNeeds, 'clock'>,
  { caller, zone }: { caller: Caller; zone: string },
): ReportAsk {
  const { actor, account, way } = caller
  return { reader: { actor, account, way }, now: clock.now(), zone }
}

/**
 * The period that is meant, with what was left out.
 * @throws ApiProblem when it ends before it begins, or is too long
 */
export function readPeriod(
  { from, to }: Pick<z.output<typeof period>, 'from' | 'to'>,
  now: Date,
): { from: string; to: string } {
  const end = to === undefined ? now : new Date(to)
  const begin = from === undefined ? new Date(end.getTime() - defaultDays * day) : new Date(from)
  if (begin < end && end.getTime() - begin.getTime() <= mostDays * day) {
    return { from: begin.toISOString(), to: end.toISOString() }
  }
  throw new ApiProblem('wrong_period', `The period begins before it ends, and has at most ${mostDays} days.`)
}
