import { adviseOnStatus, type DoctorCheck, type DoctorContext, errorMessage } from '../../src/index.ts'
import { makeHeaders, type PagerDutyConfig } from './config.ts'

type Context = DoctorContext<unknown, PagerDutyConfig>

/** Checks that PagerDuty accepts the key, and that all configured schedules and policies exist. */
export async function doctor(context: Context): Promise<DoctorCheck[]> {
  const { config } = context
  const rules = Object.values(config.PAGERDUTY_APPLICATIONS)
  const schedules = [...config.PAGERDUTY_SCHEDULES, ...rules.flatMap((rule) => rule.schedules)]
  const policies = [...config.PAGERDUTY_POLICIES, ...rules.flatMap((rule) => rule.policies)]
  const paths = [
    'oncalls?limit=1',
    ...schedules.map((id) => `schedules/${id}`),
    ...policies.map((id) => `escalation_policies/${id}`),
  ]
  const checks: DoctorCheck[] = []
  for (const path of new Set(paths)) {
    const check = await checkPath(path, context)
    checks.push(check)
    // A wrong key fails for every path.
    if (check.status === 'problem' && path === paths[0]) break
  }
  return checks
}

async function checkPath(path: string, { config, fetch }: Context): Promise<DoctorCheck> {
  const isKey = path.startsWith('oncalls')
  const name = isKey ? 'pagerduty: key' : `pagerduty: ${path}`
  try {
    const answer = await fetch(`${config.PAGERDUTY_BASE_URL}/${path}`, { headers: makeHeaders(config) })
    await answer.body?.cancel()
    if (answer.ok) return { name, status: 'ok', detail: isKey ? 'PagerDuty takes the key' : 'is there' }
    const refused = isKey ? 'Check PAGERDUTY_TOKEN, and PAGERDUTY_BASE_URL for an account in the EU.' : 'Check the id.'
    const fix = adviseOnStatus(answer.status, { vendor: 'PagerDuty', refused })
    return { name, status: 'problem', detail: `PagerDuty answered ${answer.status}`, fix }
  } catch (thrown) {
    const fix = 'Check PAGERDUTY_BASE_URL, and the way out to the internet.'
    return { name, status: 'problem', detail: errorMessage(thrown), fix }
  }
}
