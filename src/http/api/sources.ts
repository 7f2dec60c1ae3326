import { z } from '@hono/zod-openapi'
import { listSources } from '../../operate/list-sources.ts'
import { chooseListing } from '../../operate/resync-orders.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { givenText, givenTime, openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'
import { ApiProblem } from './problems.ts'

const modes = ['changed', 'since', 'full', 'plan', 'compare'] as const

const listing = z
  .object({
    mode: openWord(modes),
    since: time.nullable(),
    begunAt: time,
    pages: z.int(),
    listed: z.int(),
    queued: z.int(),
    denied: z.int().openapi({ description: 'Of those listed, whom the authority denies.' }),
  })
  .openapi('Listing')

const resync = z.object({
  isPossible: z.boolean().openapi({ description: 'Its authority can list people.' }),
  isRunning: z.boolean(),
  reachedTo: time.nullable().openapi({ description: 'Every change up to this time was queued.' }),
  dueAt: time.nullable().openapi({ description: 'When the hub does the next one by itself; null: it does not.' }),
  comparedAt: time.nullable().openapi({ description: 'When all who are known were last compared with the full list.' }),
  fullLookAt: time.nullable().openapi({ description: 'When everybody was first listed.' }),
  fullAppliedAt: time.nullable().openapi({ description: 'When what that found was first carried out.' }),
  listings: z.array(listing).openapi({ description: 'What was begun, and has not got through.' }),
})

const source = z
  .object({
    id: z.string(),
    knownSince: time,
    aliveAt: time.nullable().openapi({ description: 'When a hub last noted that it listens.' }),
    heardAt: time.nullable().openapi({ description: 'When a call with a right secret last came.' }),
    silentSeconds: z.number(),
    alerts: z
      .array(z.object({ type: z.string(), event: z.string(), openedAt: time }))
      .openapi({ description: 'What rings about it now: refused secrets, silence, an overdue resync.' }),
    resync,
  })
  .openapi('Source')

const sources = z.object({ sources: z.array(source), next: nextCursor }).openapi('Sources')

/** Adds the sources, and the order that lists who is at one. */
export function addSources(api: Api, needs: ApiNeeds): void {
  const { journal, beginResync, resyncEverySeconds: everySeconds = null } = needs
  addRead(
    api,
    {
      role: 'viewer',
      tag: 'sources',
      path: '/sources',
      summary: 'Lists the sources: when each was heard, what rings about it, how its resync stands.',
      query: z.strictObject(pageQuery),
      answer: sources,
    },
    async ({ query }) => {
      const all = await listSources(needs, { everySeconds })
      const { rows, next } = takePage(all, { list: 'sources', query, keyOf: ({ id }) => id })
      return { sources: rows, next }
    },
  )
  addAct(
    api,
    needs,
    {
      role: 'operator',
      tag: 'orders',
      path: '/sources/{id}/resync',
      summary:
        'Begins to list who changed at a source, or everybody. The first full listing only records who is there.',
      params: z.object({ id: givenText(40) }),
      body: z.strictObject({
        reason: givenReason,
        since: givenTime.optional().openapi({ description: 'Absent: since the last resync.' }),
        full: z.boolean().default(false),
        apply: z.boolean().default(false).openapi({ description: 'Carry out the first full listing too.' }),
      }),
      answer: z.object({ id: z.string(), mode: openWord(modes), begun: z.literal(true) }).openapi('BegunResync'),
    },
    async ({ operator, params: { id }, body: { reason, since = null, ...wish } }) => {
      if (!beginResync) {
        throw new ApiProblem('refused', 'No process lives on here that could list a source. Use the command line.')
      }
      const mode = await chooseListing(journal, id, { ...wish, since })
      if (await beginResync({ source: id, mode, operator, reason })) {
        return { id, mode: mode.kind, begun: true as const }
      }
      throw new ApiProblem('resync_under_way', `Another process resyncs ${id} just now.`)
    },
  )
}
