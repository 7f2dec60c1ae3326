import { z } from '@hono/zod-openapi'
import { apiProblems } from './problems.ts'

const codes = Object.keys(apiProblems) as [keyof typeof apiProblems]

const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().openapi({ description: `What programs compare. One of: ${codes.join(', ')}. More may come.` }),
    requestId: z.string().openapi({ description: 'The trace id of the request, as the log of the hub has it.' }),
    errors: z
      .array(z.object({ in: z.string(), name: z.string(), why: z.string() }))
      .optional()
      .openapi({ description: 'Each input that is wrong. No value is repeated.' }),
  })
  .openapi('Problem', { description: 'An error, as RFC 9457 problem details.' })

type Status = (typeof apiProblems)[keyof typeof apiProblems]['status']

/** The error answers of a route, by the codes that come with each status. */
export function describeProblems(statuses: readonly Status[]) {
  return Object.fromEntries(
    statuses.map((status) => {
      const named = codes.filter((code) => apiProblems[code].status === status)
      const content = { 'application/problem+json': { schema: problem } }
      return [status, { description: named.map((code) => `\`${code}\``).join(', '), content }]
    }),
  )
}
