import type { PagerDutyConfig } from './config.ts'

/** PagerDuty docs, "Authentication" and "Versioning". */
export function headersOf({ PAGERDUTY_TOKEN }: PagerDutyConfig): Record<string, string> {
  return { authorization: `Token token=${PAGERDUTY_TOKEN}`, accept: 'application/vnd.pagerduty+json;version=2' }
}
