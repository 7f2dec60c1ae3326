import type { Lists } from './lists.ts'
import type { Table } from './report.ts'

/** What a list or a search of the API may take at the 95th percentile. */
export const aimMs = 50

/** What each route took, and which took longer than the aim. */
export function listListTables({ rows, people, asks, bareMs, routes }: Lists): Table[] {
  const count = (value: number) => value.toLocaleString('en-US')
  const slower = routes.filter(({ p95Ms }) => p95Ms >= aimMs).length
  return [
    {
      title: `Lists and searches at ${count(rows)} deliveries of ${count(people)} people, ${asks} times each, less the ${bareMs.toFixed(1)} ms of /healthz; ${slower} of ${routes.length} reach no p95 below ${aimMs} ms`,
      head: ['', 'p50 ms', 'p95 ms', `p95 / ${aimMs} ms`, 'aim'],
      rows: routes.map(({ name, p50Ms, p95Ms }) => [
        name,
        p50Ms.toFixed(1),
        p95Ms.toFixed(1),
        (p95Ms / aimMs).toFixed(2),
        '< 1',
      ]),
    },
  ]
}
