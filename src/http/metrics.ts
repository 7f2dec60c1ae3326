import { Hono } from 'hono'
import { deliveryStatuses } from '../core/outcome.ts'

/** What stands where, as the journal counts it. */
export type Measure = () => Promise<{
  deliveries: { status: string; count: number }[]
  oldestDueSeconds: number
  owed: number
  paused: string[]
}>

/** Prometheus text (exposition format 0.0.4). Counts only: no name, no id of anybody. */
export function metrics({ measure }: { measure: Measure }): Hono {
  return new Hono().get('/metrics', async (c) => {
    const { deliveries, oldestDueSeconds, owed, paused } = await measure()
    const count = (status: string) => deliveries.find((one) => one.status === status)?.count ?? 0
    const open = deliveryStatuses.filter((status) => !['running', 'succeeded', 'superseded'].includes(status))
    const lines = [
      ...family('bellhop_deliveries_open', 'Deliveries that are not settled well, by status.'),
      ...open.map((status) => `bellhop_deliveries_open{status="${status}"} ${count(status)}`),
      ...family('bellhop_oldest_due_seconds', 'How long the longest-waiting lane has been due.'),
      `bellhop_oldest_due_seconds ${oldestDueSeconds}`,
      ...family('bellhop_owed', 'Changes that are owed: sessions not yet revoked.'),
      `bellhop_owed ${owed}`,
      ...family('bellhop_connector_paused', 'Connectors that are paused, 1 each.'),
      ...paused.map((id) => `bellhop_connector_paused{connector="${id}"} 1`),
    ]
    return c.text(`${lines.join('\n')}\n`, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
}

function family(name: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
}
