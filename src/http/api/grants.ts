import { z } from '@hono/zod-openapi'
import { listGrantsOf, showGrant } from '../../operate/grants.ts'
import { addRead } from './add-read.ts'
import { shownDelivery } from './delivery-schema.ts'
import { dropAbsent, givenId, givenText } from './facts.ts'
import { grantStates, listedGrant } from './grant-schema.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, readCursor, writeCursor } from './page.ts'
import { ApiProblem } from './problems.ts'
import { showDelivery } from './show-delivery.ts'

const grants = z.object({ grants: z.array(listedGrant), next: nextCursor }).openapi('Grants')

const grant = z
  .object({
    grant: listedGrant,
    event: z.string().nullable().openapi({ description: 'The event that asked for it.' }),
    deliveries: z
      .array(shownDelivery)
      .openapi({ description: 'What gave it, with every attempt and what was read back, and what takes it away.' }),
  })
  .openapi('ShownGrant')

/** Adds what was given through the hub, until when, and what ended it. */
export function addGrants(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'access' } as const
  addRead(
    api,
    {
      ...read,
      path: '/grants',
      summary: 'Lists what was granted through the hub, the newest first.',
      query: z.strictObject({
        person: givenText().optional().openapi({ description: 'An e-mail, a login, or an id.' }),
        connector: givenText().optional(),
        target: givenText().optional().openapi({ description: 'The connector’s own name of what was granted.' }),
        state: z.enum(grantStates).optional(),
        ...pageQuery,
      }),
      answer: grants,
      problems: [404, 409],
    },
    async ({ query }) => {
      const { cursor, ...rest } = query
      const listing = { list: 'grants', filter: query }
      const found = await listGrantsOf(journal, dropAbsent({ ...rest, before: readCursor(listing, cursor) }))
      return { grants: found.grants, next: writeCursor(listing, found.next) }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/grants/{id}',
      summary: 'Shows one grant from its request to its end.',
      params: z.object({ id: givenId('grt') }),
      answer: grant,
      problems: [404],
    },
    async ({ params: { id } }) => {
      const found = await showGrant(journal, id)
      if (!found) throw new ApiProblem('unknown_grant', `The journal has no grant ${id}.`)
      const { deliveries, events } = found
      return { grant: found.grant, event: events[0]?.id ?? null, deliveries: deliveries.map(showDelivery) }
    },
  )
}
