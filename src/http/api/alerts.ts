import { z } from '@hono/zod-openapi'
import { addRead } from './add-read.ts'
import { time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'

const alerts = z
  .object({
    alerts: z.array(
      z
        .object({
          event: z.string().openapi({ description: 'The event that opened it: it has what, why and what to do.' }),
          type: z.string(),
          about: z.string(),
          told: z.boolean().openapi({ description: 'False: it was recorded alone, for too many came in that hour.' }),
          openedAt: time,
        })
        .openapi('Alert'),
    ),
    next: nextCursor,
  })
  .openapi('Alerts')

/** Adds the alerts whose cause lasts. */
export function addAlerts(api: Api, { journal }: ApiNeeds): void {
  addRead(
    api,
    {
      role: 'viewer',
      tag: 'alerts',
      path: '/alerts',
      summary: 'Lists the alerts that are open, the oldest first.',
      query: z.strictObject(pageQuery),
      answer: alerts,
    },
    async ({ query }) => {
      const { rows, next } = takePage(await journal.records.listOpenAlerts(), {
        list: 'alerts',
        query,
        keyOf: ({ openedAt, event }) => [openedAt, event].join(' '),
      })
      return { alerts: rows, next }
    },
  )
}
