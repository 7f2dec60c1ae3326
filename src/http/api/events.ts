import { z } from '@hono/zod-openapi'
import { findShown } from '../../operate/shown.ts'
import { addRead } from './add-read.ts'
import { shownEvent } from './delivery-schema.ts'
import { anyJson, givenId } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { ApiProblem } from './problems.ts'

const params = z.object({ id: givenId('evt') })

const body = z.object({ data: anyJson }).openapi('EventBody')

/** Adds what there is to read of events. What a sender sent may hold more of a person than a viewer needs. */
export function addEvents(api: Api, { journal }: ApiNeeds): void {
  const findEvent = async (id: string) => {
    const found = await findShown(journal, id)
    const [event] = found.events
    if (event) return { ...event, deliveries: found.deliveries }
    throw new ApiProblem('unknown_event', `The journal has no event ${id}.`)
  }
  addRead(
    api,
    {
      role: 'viewer',
      tag: 'events',
      path: '/events/{id}',
      summary: 'Shows one event with its deliveries.',
      params,
      answer: shownEvent,
      problems: [404],
    },
    async ({ params: { id } }) => findEvent(id),
  )
  addRead(
    api,
    {
      role: 'auditor',
      tag: 'events',
      path: '/events/{id}/data',
      summary: 'Shows what the sender of an event sent, with known secrets hidden.',
      params,
      answer: body,
      problems: [404],
    },
    async ({ params: { id } }) => ({ data: (await findEvent(id)).data }),
  )
}
