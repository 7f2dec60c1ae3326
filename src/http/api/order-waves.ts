import { z } from '@hono/zod-openapi'
import { expectPeople } from '../../operate/brake-orders.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenTime, openWord } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'

const direction = z.enum(['deny', 'allow'])

/** Adds the order that lets a planned wave through the brake. */
export function addWaveOrder(api: Api, needs: ApiNeeds): void {
  addAct(
    api,
    needs,
    {
      role: 'operator',
      tag: 'orders',
      path: '/brake/expect',
      summary: 'Lets so many more people pass the brake, once, until a time. A new one takes the place of the last.',
      params: z.object({}),
      body: z.strictObject({
        reason: givenReason,
        people: z.int().min(0).max(1_000_000).openapi({ description: '0 ends what is expected.' }),
        until: givenTime.openapi({ description: 'Within a week.' }),
        direction: direction.default('deny'),
      }),
      answer: z
        .object({ people: z.int(), until: z.string(), direction: openWord(direction.options) })
        .openapi('ExpectedWave'),
    },
    async ({ operator, body: { reason, ...wave } }) => {
      await expectPeople(needs, { ...operator, reason, ...wave })
      return wave
    },
  )
}
