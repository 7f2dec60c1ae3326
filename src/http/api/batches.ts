import { z } from '@hono/zod-openapi'
import { rowPlans, rowResults } from '../../core/batch.ts'
import type { Eyes } from '../../operate/batches/four-eyes.ts'
import { applyBatch, cancelBatch, pauseBatch, resumeBatch } from '../../operate/batches/order-batch.ts'
import { planBatch } from '../../operate/batches/plan-batch.ts'
import type { Caller } from '../../signin/caller.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { batchAsk, readBatchAsk } from './batch-ask.ts'
import { batch, batchRow, rowPlan } from './batch-schema.ts'
import { givenId, givenTime } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'

const params = z.object({ id: givenId('bat') })

const applied = z.strictObject({
  reason: givenReason,
  planHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'is no SHA-256 in hex' })
    .openapi({ description: 'Of the plan that was looked at: another one is not applied.' }),
  startAt: givenTime.optional().openapi({ description: 'Not before then.' }),
  pace: z.int().min(1).max(1000).optional().openapi({ description: 'Rows a second.' }),
})

/** A place in a set: it has 100,000 rows at most. */
const place = /^\d{1,6}$/

const rowsQuery = z.strictObject({
  plan: z.enum(rowPlans).optional(),
  result: z.enum(rowResults).optional(),
  ...pageQuery,
})

/** Adds acts on many things: they are planned, looked at, and applied. */
export function addBatches(api: Api, needs: ApiNeeds): void {
  addBatchReads(api, needs)
  const { policy, nudge } = needs.batches
  const order = { role: 'operator', tag: 'batches', answer: batch } as const
  const ordering = { journal: needs.journal, policy, nudge }
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/batches',
      summary:
        'Freezes what a filter finds into a batch, and plans it in the background. Nothing is written at a vendor.',
      params: z.object({}),
      body: batchAsk,
    },
    async ({ operator, body: { name, reason = null, ...asked } }) =>
      planBatch({ ...needs, nudge }, { note: { ...operator, reason }, name, of: readBatchAsk(asked) }),
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/batches/{id}/apply',
      summary: 'Carries a plan out, in the background. Of many people two people apply it, and a token is none.',
      params,
      body: applied,
    },
    async ({ caller, operator, params: { id }, body }) =>
      applyBatch(ordering, { ...operator, ...body, eyes: eyesOf(caller), id }),
  )
  const reasoned = z.strictObject({ reason: givenReason.optional() })
  for (const [verb, summary, act] of [
    ['pause', 'Stops a batch after the rows that are under way.', pauseBatch],
    ['resume', 'Lets a paused batch go on.', resumeBatch],
    ['cancel', 'Ends a batch for good. What was carried out stays so.', cancelBatch],
  ] as const) {
    addAct(
      api,
      needs,
      { ...order, path: `/batches/{id}/${verb}`, summary, params, body: reasoned },
      async ({ operator, params: { id }, body: { reason = null } }) => act(ordering, { ...operator, id, reason }),
    )
  }
}

/** A session that an issuer opened for a known person is theirs; a link is of who has the machine, or an emergency. */
function eyesOf({ session }: Caller): Eyes {
  if (!session) return 'nobody'
  if (session.way !== 'oidc') return 'override'
  return session.bound ? 'person' : 'nobody'
}

function addBatchReads(api: Api, { journal, batches }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'batches' } as const
  addRead(
    api,
    {
      ...read,
      path: '/batches',
      summary: 'Lists batches, the newest first.',
      query: z.strictObject(pageQuery),
      answer: z.object({ batches: z.array(batch), next: nextCursor }).openapi('Batches'),
    },
    async ({ query }) => {
      const listing = { list: 'batches', filter: query }
      const { limit } = query
      const rows = await journal.batches.listBatches({ before: readCursor(listing, query.cursor), limit })
      return { batches: rows, next: writeCursor(listing, rows.length < limit ? null : (rows.at(-1)?.id ?? null)) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/batches/{id}',
      summary: 'Shows a batch, with its sums.',
      params,
      answer: batch,
      problems: [404],
    },
    async ({ params: { id } }) => readOne(journal, id),
  )
  addRead(
    api,
    {
      ...read,
      path: '/batches/{id}/rows',
      summary: 'Lists the rows of a batch in the order of its set, with what would be changed.',
      params,
      query: rowsQuery,
      answer: z.object({ rows: z.array(batchRow), next: nextCursor }).openapi('BatchRows'),
      problems: [404],
    },
    async ({ params: { id }, query }) => {
      await readOne(journal, id)
      const listing = { list: `rows of ${id}`, filter: query }
      const { limit, plan, result } = query
      const after = Number(readCursor(listing, query.cursor, place) ?? 0)
      const rows = await journal.batches.listBatchRows(id, { plan, result, after, limit })
      const last = rows.length < limit ? null : String(rows.at(-1)?.ordinal)
      return { rows, next: writeCursor(listing, last) }
    },
  )
  addRead(
    api,
    {
      ...read,
      role: 'operator',
      path: '/deliveries/{id}/preview',
      summary: 'Plans what a replay of one delivery would do now. It asks the vendors, and writes nothing.',
      params: z.object({ id: givenId('dlv') }),
      answer: z.object({ id: z.string(), ...rowPlan }).openapi('Preview'),
      problems: [404],
    },
    async ({ params: { id } }) => {
      const plan = (await batches.planDeliveries([id], AbortSignal.timeout(previewMs))).get(id)
      if (!plan || plan.code === 'unknown_delivery') {
        throw new ApiProblem('unknown_delivery', `The journal has no delivery ${id}.`)
      }
      return { id, ...plan }
    },
  )
}

async function readOne(journal: ApiNeeds['journal'], id: string) {
  const found = await journal.batches.readBatch(id)
  if (found) return found
  throw new ApiProblem('unknown_batch', `The journal has no batch ${id}.`)
}

const previewMs = 30_000
