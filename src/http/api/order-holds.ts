import { z } from '@hono/zod-openapi'
import { orderHeld } from '../../operate/brake-orders.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenId } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'

const ordered = z.object({ person: z.string(), people: z.int() }).openapi('OrderedHold')
const params = z.object({ person: givenId('per') })

/**
 * Adds the orders about one person who is held. A token may not cancel a lockout: somebody who left would keep their
 * access, and that is for two people to decide.
 */
export function addHoldOrders(api: Api, needs: ApiNeeds): void {
  const order = { role: 'operator', tag: 'orders', params, answer: ordered } as const
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/brake/holds/{person}/release',
      summary: 'Lets a held person pass: the hub asks the authority again and does what is true then.',
      body: z.strictObject({ reason: givenReason, direction: z.enum(['deny', 'allow']).optional() }),
    },
    async ({ operator, params: { person }, body: { reason, direction = null } }) => {
      const people = await orderHeld(needs, { ...operator, reason, kind: 'release', whom: person, direction })
      return { person, people }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/brake/holds/{person}/cancel',
      summary: 'Ends the unblock of a held person without effect. A held lockout is not cancelled by a token.',
      body: z.strictObject({ reason: givenReason, direction: z.literal('allow') }),
    },
    async ({ operator, params: { person }, body: { reason, direction } }) => {
      const people = await orderHeld(needs, { ...operator, reason, kind: 'cancel', whom: person, direction })
      return { person, people }
    },
  )
}
