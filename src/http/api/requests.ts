import { z } from '@hono/zod-openapi'
import { inlineKinds } from '../../core/access.ts'
import { deliveryStatuses } from '../../core/outcome.ts'
import { answerWords } from '../../operate/deliveries.ts'
import { listRequestPage, showRequest } from '../../operate/requests.ts'
import { findShown } from '../../operate/shown.ts'
import { addRead } from './add-read.ts'
import { listedDelivery, shownDelivery } from './delivery-schema.ts'
import { anyJson, dropAbsent, givenId, givenText, givenTime } from './facts.ts'
import { listedGrant, permission } from './grant-schema.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { mostExamined, nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'
import { showDelivery } from './show-delivery.ts'

const listed = listedDelivery
  .extend({
    application: z.string(),
    permissions: z.array(permission),
    accessLengthSeconds: z.number().nullable(),
    answer: z.string().nullable().openapi({ description: 'Of a question: what its sender was told.' }),
    isEnd: z.boolean().openapi({ description: 'The end of a grant: no sender asked for it.' }),
  })
  .openapi('ListedRequest')

const page = z
  .object({
    requests: z.array(listed),
    next: nextCursor,
    bounded: z.boolean().openapi({ description: 'The page is not full, and there may be more: go on with `next`.' }),
    tooManyPeople: z.boolean(),
  })
  .openapi('Requests')

const shown = z
  .object({
    steps: z
      .array(shownDelivery)
      .openapi({ description: 'Its questions, its provision, and what took that away, the oldest first.' }),
    grants: z.array(listedGrant),
  })
  .openapi('Request', { description: 'One request of a platform on one page.' })

const data = z
  .object({
    comment: z.string().nullable(),
    taskUrl: z.string().nullable(),
    fields: anyJson,
    subject: z.object({ email: z.string(), givenName: z.string().nullable(), familyName: z.string().nullable() }),
    data: anyJson.openapi({ description: 'The body of the event, as its sender sent it.' }),
  })
  .openapi('RequestBody')

const params = z.object({ id: givenId('dlv').openapi({ description: 'Any step of it.' }) })

/** Adds what request platforms ask for. What people wrote in a request is for an auditor alone. */
export function addRequests(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'access' } as const
  const unknown = (id: string) => new ApiProblem('unknown_request', `The journal has no request with a step ${id}.`)
  addRead(
    api,
    {
      ...read,
      path: '/requests',
      summary: 'Lists what request platforms asked for, call by call, the newest first.',
      query: z.strictObject({
        kind: z.enum(inlineKinds).optional(),
        status: z.enum(deliveryStatuses).optional(),
        connector: givenText().optional(),
        person: givenText().optional().openapi({ description: 'An e-mail (as it was asked for), a login, or an id.' }),
        answer: z.enum(answerWords as [string, ...string[]]).optional(),
        since: givenTime.optional(),
        until: givenTime.optional(),
        ...pageQuery,
      }),
      answer: page,
      problems: [404, 409],
    },
    async ({ query }) => {
      const { cursor, ...rest } = query
      const listing = { list: 'requests', filter: query }
      const before = readCursor(listing, cursor)
      const found = await listRequestPage(journal, dropAbsent({ ...rest, before, examines: mostExamined }))
      return { ...found, next: writeCursor(listing, found.next) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/requests/{id}',
      summary: 'Shows one request of a platform: its questions, its provision and its end.',
      params,
      answer: shown,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const found = await showRequest(journal, id)
      if (found) return { steps: found.steps.map(showDelivery), grants: found.grants }
      throw unknown(id)
    },
  )
  addRead(
    api,
    {
      role: 'auditor',
      tag: 'access',
      path: '/requests/{id}/data',
      summary: 'Shows what people wrote in one call of a request, with known secrets hidden.',
      params,
      answer: data,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const [found] = (await findShown(journal, id)).deliveries
      if (!found?.inline) throw unknown(id)
      const { comment, taskUrl, fields, subject } = found.inline.asked
      return { comment, taskUrl, fields: fields ?? null, subject, data: found.event.data }
    },
  )
}
