import { Hono } from 'hono'
import { deliveryStatuses } from '../core/outcome.ts'

/** How many deliveries are in each status, what is owed and what is paused, as the journal counts it. */
export type Measure = () => Promise<{
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
  oldestDenialSeconds?: number
  verifications?: { connector: string; oldestSeenSeconds: number | null; lateSeconds: number }[]
}>

/** Serves Prometheus text (exposition format 0.0.4). It holds counts only: no person's name or id. */
export function serveMetrics({ measure }: { measure: Measure }): Hono {
  return new Hono().get('/metrics', async (c) => {
    const { deliveries, oldestDueSeconds, owed, paused, oldestDenialSeconds = 0, verifications = [] } = await measure()
    const count = (status: string) => deliveries.find((one) => one.status === status)?.count ?? 0
    const open = deliveryStatuses.filter((status) => !['running', 'succeeded', 'superseded'].includes(status))
    const lines = [
      ...describeGauge('bellhop_deliveries_open', 'Deliveries that are not settled well, by status.'),
      ...open.map((status) => `bellhop_deliveries_open{status="${status}"} ${count(status)}`),
      ...describeGauge('bellhop_oldest_due_seconds', 'How long the longest-waiting lane has been due.'),
      `bellhop_oldest_due_seconds ${oldestDueSeconds}`,
      ...describeGauge('bellhop_oldest_denial_seconds', 'How long the oldest open lockout or revoke has been open.'),
      `bellhop_oldest_denial_seconds ${oldestDenialSeconds}`,
      ...describeGauge('bellhop_owed', 'Changes that are owed: sessions not yet revoked.'),
      `bellhop_owed ${owed}`,
      ...describeGauge('bellhop_connector_paused', 'Connectors that are paused, 1 each.'),
      ...paused.map((id) => `bellhop_connector_paused{connector="${id}"} 1`),
      ...describeGauge(
        'bellhop_verification_oldest_seconds',
        'How long ago the person was seen whose last look is oldest.',
      ),
      ...verifications.flatMap(({ connector, oldestSeenSeconds }) =>
        oldestSeenSeconds === null
          ? []
          : [`bellhop_verification_oldest_seconds{connector="${connector}"} ${Math.round(oldestSeenSeconds)}`],
      ),
      ...describeGauge('bellhop_verification_late_seconds', 'How far the pace of looking again is behind.'),
      ...verifications.map(
        ({ connector, lateSeconds }) =>
          `bellhop_verification_late_seconds{connector="${connector}"} ${Math.round(lateSeconds)}`,
      ),
    ]
    return c.text(`${lines.join('\n')}\n`, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}

function describeGauge(name: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
}
