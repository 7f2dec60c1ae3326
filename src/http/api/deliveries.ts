import { z } from '@hono/zod-openapi'
import { deliveryStatuses } from '../../core/outcome.ts'
import { deliveryKinds } from '../../core/queue.ts'
import { answerWords, listDeliveryPage } from '../../operate/deliveries.ts'
import { findShown } from '../../operate/shown.ts'
import { findStuckOf } from '../../operate/stuck.ts'
import { addRead } from './add-read.ts'
import { pausedState } from './connectors.ts'
import { delivery, listedDelivery, shownDelivery } from './delivery-schema.ts'
import { dropAbsent, givenFlag, givenId, givenText, givenTime } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { mostExamined, nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'
import { showDelivery } from './show-delivery.ts'

const filters = {
  status: z.enum(deliveryStatuses).optional(),
  kind: z.enum(deliveryKinds).optional(),
  connector: givenText().optional(),
  person: givenText().optional().openapi({ description: 'An e-mail (also of a request), a login, or an id.' }),
  since: givenTime.optional().openapi({ description: 'Only what came, or ended, at or after this time.' }),
  until: givenTime.optional().openapi({ description: 'Only what came, or ended, before this time.' }),
}

const listQuery = z.strictObject({
  ...filters,
  event: givenText().optional().openapi({ description: 'An id, or a type; `user.lifecycle.*` is all that begin so.' }),
  search: givenText().optional().openapi({
    description: 'In types, codes, errors and requested e-mails; the beginning of ids, e-mails and logins.',
  }),
  answer: z.enum(answerWords as [string, ...string[]]).optional(),
  folds: givenFlag.optional().openapi({ description: 'true: count resyncs and looks that changed nothing.' }),
  ...pageQuery,
})

const page = z
  .object({
    deliveries: z.array(listedDelivery),
    next: nextCursor,
    folded: z.int().openapi({ description: 'Resyncs and looks that are counted instead of listed.' }),
    bounded: z
      .boolean()
      .openapi({ description: 'So many were looked at that the page is not full: go on with `next`.' }),
    tooManyPeople: z.boolean().openapi({ description: 'More people were seen under the search than are looked at.' }),
  })
  .openapi('Deliveries')

const stuckQuery = z.strictObject({ ...filters, limit: pageQuery.limit })

const stuck = z
  .object({
    deliveries: z.array(delivery),
    paused: z.array(pausedState),
    oldestDenialSeconds: z
      .number()
      .openapi({ description: 'How long the oldest lockout or revoke is open; 0: none is.' }),
  })
  .openapi('Stuck')

/** Adds what there is to read of deliveries. */
export function addDeliveries(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'deliveries' } as const
  addRead(
    api,
    {
      ...read,
      path: '/deliveries',
      summary: 'Lists deliveries, the newest first.',
      query: listQuery,
      answer: page,
      problems: [404, 409],
    },
    async ({ query }) => {
      const { cursor, folds = false, ...rest } = query
      const listing = { list: 'deliveries', filter: query }
      const before = readCursor(listing, cursor)
      const found = await listDeliveryPage(journal, dropAbsent({ ...rest, folds, before, examines: mostExamined }))
      return { ...found, next: writeCursor(listing, found.next) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/stuck',
      summary: 'Lists what an operator should look at.',
      query: stuckQuery,
      answer: stuck,
      problems: [404, 409],
    },
    async ({ query: { person: who, ...filter } }) => {
      const { rows, paused, oldestDenialSeconds } = await findStuckOf(journal, { filter: dropAbsent(filter), who })
      return { deliveries: rows, paused, oldestDenialSeconds }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/deliveries/{id}',
      summary: 'Shows one delivery with its event and every attempt.',
      params: z.object({ id: givenId('dlv') }),
      answer: shownDelivery,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const [found] = (await findShown(journal, id)).deliveries
      if (found) return showDelivery(found)
      throw new ApiProblem('unknown_delivery', `The journal has no delivery ${id}.`)
    },
  )
}
