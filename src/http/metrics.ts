import { Hono } from 'hono'
import { deliveryStatuses } from '../core/outcome.ts'

/** How many deliveries are in each status, what is owed and what is paused, as the journal counts it. */
export type Measure = () => Promise<{
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
}>

/** Serves Prometheus text (exposition format 0.0.4). It holds counts only: no person's name or id. */
export function serveMetrics({ measure }: { measure: Measure }): Hono {
  return new Hono().get('/metrics', async (c) => {
    const { deliveries, oldestDueSeconds, owed, paused } = await measure()
    const count = (status: string) => deliveries.find((one) => one.status === status)?.count ?? 0
    const open = deliveryStatuses.filter((status) => !['running', 'succeeded', 'superseded'].includes(status))
    const lines = [
      ...describeGauge('bellhop_deliveries_open', 'Deliveries that are not settled well, by status.'),
      ...open.map((status) => `bellhop_deliveries_open{status="${status}"} ${count(status)}`),
      ...describeGauge('bellhop_oldest_due_seconds', 'How long the longest-waiting lane has been due.'),
      `bellhop_oldest_due_seconds ${oldestDueSeconds}`,
      ...describeGauge('bellhop_owed', 'Changes that are owed: sessions not yet revoked.'),
      `bellhop_owed ${owed}`,
      ...describeGauge('bellhop_connector_paused', 'Connectors that are paused, 1 each.'),
      ...paused.map((id) => `bellhop_connector_paused{connector="${id}"} 1`),
    ]
    return c.text(`${lines.join('\n')}\n`, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}

function describeGauge(name: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
}
