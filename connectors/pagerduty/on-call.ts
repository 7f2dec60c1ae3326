import { z } from 'zod'
import { type HandlerContext, isRecord, parseList, sameEmail } from '../../src/index.ts'
import { type Duty, makeHeaders, type PagerDutyConfig } from './config.ts'

type Context = HandlerContext<unknown, PagerDutyConfig>

/**
 * PagerDuty docs, "List all of the on-calls" (developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls);
 * only what is read. A start of null is a duty without a beginning, an end of null one without an end. A user who was
 * deleted stays on the schedule as a reference without an e-mail: such an entry is nobody's.
 */
const onCall = z.object({
  user: z.object({ email: z.string().nullish().catch(null) }).nullish(),
  start: z.iso.datetime({ offset: true }).nullable(),
  end: z.iso.datetime({ offset: true }).nullable(),
  schedule: named(),
  escalation_policy: named(),
})

/** Only its name is read, for the log. */
function named() {
  return z.object({ summary: z.string().nullish() }).nullish().catch(null)
}

type OnCall = z.output<typeof onCall>

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
    if (found) return found.schedule?.summary ?? found.escalation_policy?.summary ?? 'PagerDuty'
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
    const { oncalls, more }: Record<string, unknown> = isRecord(body) ? body : {}
    const page = parseList(onCall, oncalls)
    if (!Array.isArray(oncalls) || page === null) {
      throw new Error('PagerDuty answered /oncalls in another shape than its docs say')
    }
    const found = page.items.find((one) => isTheirs(one, email) && isNow(one, now()))
    const isLast = typeof more === 'boolean' ? !more : oncalls.length < pageSize
    if (found || isLast) return found
  }
  throw new Error(`PagerDuty has more than ${mostEntries} on-calls there: not all could be looked at`)
}

function isTheirs({ user }: OnCall, email: string): boolean {
  return typeof user?.email === 'string' && sameEmail(user.email.trim(), email.trim())
}

/** Asked without a time, PagerDuty answers for now. We check the times all the same, because they decide about access. */
function isNow({ start, end }: OnCall, now: Date): boolean {
  return (start === null || new Date(start) <= now) && (end === null || now < new Date(end))
}
