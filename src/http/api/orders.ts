import { z } from '@hono/zod-openapi'
import { dismissDelivery } from '../../operate/dismiss.ts'
import { recoverEvent, replayNamed } from '../../operate/replay-orders.ts'
import { resumeConnector } from '../../operate/resume-connector.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenId, givenText, openWord } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { ApiProblem } from './problems.ts'

const ofDelivery = z.object({ id: givenId('dlv') })
const reasoned = z.strictObject({ reason: givenReason })
const maybeReasoned = z.strictObject({ reason: givenReason.optional() })

const replayed = z
  .object({
    id: z.string(),
    from: z.string().nullable().openapi({ description: 'The status that it had.' }),
    detail: z.string(),
    waitsFor: z
      .object({ for: openWord(['connector', 'authority', 'hub']), id: z.string().nullable(), why: z.string() })
      .nullable()
      .openapi({ description: 'What it waits for though it is due; null: the running hub takes it.' }),
  })
  .openapi('Replayed')

/** Adds the orders about one delivery, one event or one connector. */
export function addOrders(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  const order = { role: 'operator', tag: 'orders' } as const
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/deliveries/{id}/replay',
      summary: 'Makes a delivery due again, now.',
      params: ofDelivery,
      body: maybeReasoned,
      answer: replayed,
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      const [done] = await replayNamed(journal, { ...operator, reason: reason ?? null, words: [id] })
      if (done?.replayed) return done
      if (done?.from) throw new ApiProblem('refused', `${id} is ${done.from}: ${done.detail}.`)
      throw new ApiProblem('unknown_delivery', `The journal has no delivery ${id}.`)
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/deliveries/{id}/dismiss',
      summary: 'Ends a delivery that was set aside and that nobody waits for. Never a lockout or a revoke.',
      params: ofDelivery,
      body: reasoned,
      answer: z.object({ id: z.string(), dismissed: z.literal(true) }).openapi('Dismissed'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      await dismissDelivery(needs, { ...operator, reason, delivery: id })
      return { id, dismissed: true as const }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/events/{id}/recover',
      summary: 'Makes due again what failed, or waits after a failed try, of the deliveries of one event.',
      params: z.object({ id: givenId('evt') }),
      body: maybeReasoned,
      answer: z.object({ id: z.string(), replayed: z.array(z.string()) }).openapi('Recovered'),
    },
    async ({ operator, params: { id }, body: { reason = null } }) => {
      const [event] = await journal.records.findEvents(id)
      if (!event) throw new ApiProblem('unknown_event', `The journal has no event ${id}.`)
      return { id, replayed: await recoverEvent(journal, { ...operator, reason, event: id }) }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/connectors/{id}/resume',
      summary: 'Ends the pause of a connector, because its credential is good again.',
      params: z.object({ id: givenText(40) }),
      body: reasoned,
      answer: z.object({ id: z.string(), wasPaused: z.boolean() }).openapi('Resumed'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      return { id, wasPaused: await resumeConnector(needs, { ...operator, reason, connector: id }) }
    },
  )
}
