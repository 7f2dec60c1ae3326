import { z } from 'zod'
import type { HandlerContext } from '../../src/index.ts'
import { type Duty, makeHeaders, type PagerDutyConfig } from './config.ts'

type Context = HandlerContext<unknown, PagerDutyConfig>

/**
 * PagerDuty docs, "List all of the on-calls" (developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls);
 * only what is read. A start of null is a duty without a beginning, an end of null one without an end.
 */
const page = z.object({
  oncalls: z
    .object({
      user: z.object({ email: z.string() }),
      start: z.iso.datetime({ offset: true }).nullable(),
      end: z.iso.datetime({ offset: true }).nullable(),
      schedule: z.object({ summary: z.string().nullish() }).nullish(),
      escalation_policy: z.object({ summary: z.string().nullish() }),
    })
    .array(),
  more: z.boolean(),
})

type OnCall = z.output<typeof page>['oncalls'][number]

// The largest page of the docs. PagerDuty refuses an offset beyond 10,000 entries.
const pageSize = 100
const mostEntries = 10_000

/** Names the schedule or policy where the person is on call now, by e-mail in any case; null: on none that counts. */
export async function findOnCallDuty(email: string, duty: Duty, context: Context): Promise<string | null> {
  // Two questions, because a user must meet all filters of one. None without a filter, which would match all users.
  const questions = [
    { filter: 'schedule_ids[]', ids: duty.schedules },
    { filter: 'escalation_policy_ids[]', ids: duty.policies },
  ]
  for (const question of questions.filter(({ ids }) => ids.length > 0)) {
    const found = await findFirstOnCall(email, question, context)
    if (found) return found.schedule?.summary ?? found.escalation_policy.summary ?? 'PagerDuty'
  }
  return null
}

type Filter = { filter: string; ids: readonly string[] }

async function findFirstOnCall(email: string, { filter, ids }: Filter, context: Context): Promise<OnCall | undefined> {
  const { config, http, now, signal } = context
  for (let offset = 0; offset < mostEntries; offset += pageSize) {
    signal.throwIfAborted()
    const query = new URLSearchParams([
      ...ids.map((id): [string, string] => [filter, id]),
      ['include[]', 'users'],
      ['limit', String(pageSize)],
      ['offset', String(offset)],
    ])
    const { body } = await http.get(`${config.PAGERDUTY_BASE_URL}/oncalls?${query}`, { headers: makeHeaders(config) })
    const read = page.safeParse(body)
    if (!read.success) throw new Error('PagerDuty answered /oncalls in another shape than its docs say')
    const found = read.data.oncalls.find((one) => isTheirs(one, email) && isNow(one, now()))
    if (found || !read.data.more) return found
  }
  throw new Error(`PagerDuty has more than ${mostEntries} on-calls there: not all could be looked at`)
}

function isTheirs({ user }: OnCall, email: string): boolean {
  return user.email.trim().toLowerCase() === email.trim().toLowerCase()
}

/** Asked without a time, PagerDuty answers for now. We check the times all the same, because they decide about access. */
function isNow({ start, end }: OnCall, now: Date): boolean {
  return (start === null || new Date(start) <= now) && (end === null || now < new Date(end))
}
