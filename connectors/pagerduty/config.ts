import { z } from 'zod'
import { jsonSetting, list, secret, vendorUrl } from '../../src/index.ts'

const id = /^[A-Z0-9]{4,30}$/
const wrongId = { error: 'has something that is not an id such as PABC123' }
const ids = () => list().refine((given) => given.every((one) => id.test(one)), wrongId)
const hours = () => z.coerce.number().positive().max(168)

const rule = z.strictObject({
  schedules: z.string().regex(id).array().default([]),
  policies: z.string().regex(id).array().default([]),
  maxHours: hours().optional(),
})

const settings = z.object({
  PAGERDUTY_TOKEN: secret(z.string().trim().min(1)).describe(
    'A read-only REST API key: Integrations, API Access Keys, Create New API Key.',
  ),
  PAGERDUTY_SCHEDULES: ids().default([]).describe('Ids of schedules, comma-separated: who is on call there now.'),
  PAGERDUTY_POLICIES: ids()
    .default([])
    .describe('Ids of escalation policies, comma-separated: who is on call there now, at any level.'),
  PAGERDUTY_APPLICATIONS: jsonSetting({
    schema: z.record(z.string().min(1), rule),
    error: 'is not JSON such as {"aws": {"schedules": ["PABC123"], "maxHours": 2}}',
  })
    .default({})
    .describe(
      'Other rules by application, as JSON: {"aws": {"schedules": ["PABC123"], "policies": [], "maxHours": 2}}.',
    ),
  PAGERDUTY_MAX_HOURS: hours()
    .default(8)
    .describe('The longest access that is pre-approved, in hours: up to 168. Default: 8.'),
  PAGERDUTY_BASE_URL: vendorUrl()
    .default('https://api.pagerduty.com')
    .describe('The address of the REST API: https://api.eu.pagerduty.com for accounts in the EU.'),
})

/** The hub's key at PagerDuty, and which schedules and policies count for which application. */
export const config = settings.refine(
  ({ PAGERDUTY_SCHEDULES, PAGERDUTY_POLICIES, PAGERDUTY_APPLICATIONS }) =>
    [...(PAGERDUTY_SCHEDULES ?? []), ...(PAGERDUTY_POLICIES ?? []), ...Object.keys(PAGERDUTY_APPLICATIONS ?? {})]
      .length > 0,
  {
    path: ['PAGERDUTY_SCHEDULES'],
    error: 'is missing, and so are PAGERDUTY_POLICIES and PAGERDUTY_APPLICATIONS: nobody would be on call',
  },
)

export type PagerDutyConfig = z.output<typeof settings>

export type Duty = { schedules: string[]; policies: string[]; maxHours: number }

/** The schedules and policies that count for an application: its own rule, else the general one. */
export function findDuty(config: PagerDutyConfig, application: string): Duty {
  const rules = config.PAGERDUTY_APPLICATIONS
  const own = Object.hasOwn(rules, application) ? rules[application] : undefined
  const { schedules, policies } = own ?? {
    schedules: config.PAGERDUTY_SCHEDULES,
    policies: config.PAGERDUTY_POLICIES,
  }
  return { schedules, policies, maxHours: own?.maxHours ?? config.PAGERDUTY_MAX_HOURS }
}

/** The headers of every call (PagerDuty docs, "Authentication" and "Versioning"). */
export function makeHeaders({ PAGERDUTY_TOKEN }: PagerDutyConfig): Record<string, string> {
  return { authorization: `Token token=${PAGERDUTY_TOKEN}`, accept: 'application/vnd.pagerduty+json;version=2' }
}
