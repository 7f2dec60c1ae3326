import { z } from '@hono/zod-openapi'
import { batchActs, rowPlans, rowResults } from '../../core/batch.ts'
import { deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import type { Eyes } from '../../operate/batches/four-eyes.ts'
import { applyBatch, cancelBatch, pauseBatch, resumeBatch } from '../../operate/batches/order-batch.ts'
import { planBatch, readBatchWish } from '../../operate/batches/plan-batch.ts'
import { answerWords } from '../../operate/deliveries.ts'
import type { Caller } from '../../signin/caller.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { batch, batchRow, rowPlan } from './batch-schema.ts'
import { dropAbsent, givenId, givenText, givenTime } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'

const params = z.object({ id: givenId('bat') })

const filter = z
  .strictObject({
    status: z.enum(deliveryStatuses).optional(),
    kind: z.enum(deliveryKinds).optional(),
    connector: givenText().optional(),
    person: givenText().optional(),
    event: givenText().optional(),
    search: givenText().optional(),
    answer: z.enum(answerWords as [string, ...string[]]).optional(),
    since: givenTime.optional(),
    until: givenTime.optional(),
  })
  .openapi('BatchFilter')

const wish = z.strictObject({
  act: z.enum(batchActs),
  name: givenText().openapi({ description: 'What it is for.' }),
  filter: filter.optional().openapi({ description: 'Of a replay. What it finds now is the set, and nothing later.' }),
  direction: z
    .enum(['deny', 'allow'])
    .optional()
    .openapi({ description: 'Of a release or a cancel: all people who are held in this direction now.' }),
  again: givenId('bat')
    .optional()
    .openapi({ description: 'In place of both: what came back from this batch, which has the same act.' }),
  reason: givenReason.optional(),
})

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
      body: wish,
    },
    async ({ operator, body: { name, reason = null, filter: asked = {}, ...rest } }) => {
      const of = readBatchWish({ ...rest, filter: dropAbsent(asked) })
      return planBatch({ ...needs, nudge }, { note: { ...operator, reason }, name, of })
    },
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
