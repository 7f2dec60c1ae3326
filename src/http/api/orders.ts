import { z } from '@hono/zod-openapi'
import { dismissDelivery } from '../../operate/dismiss.ts'
import { protectPerson } from '../../operate/protect-person.ts'
import { replayNamed } from '../../operate/replay-orders.ts'
import { resumeConnector } from '../../operate/resume-connector.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenId, givenText, givenTime, openWord } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { ApiProblem } from './problems.ts'

const ofDelivery = z.object({ id: givenId('dlv') })
const ofPerson = z.object({ id: givenId('per') })
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

/** Adds the orders about one delivery, one person or one connector. */
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
      path: '/people/{id}/protect',
      summary: 'Has a person never locked out without an operator, until a time.',
      params: ofPerson,
      body: z.strictObject({ reason: givenReason, until: givenTime }),
      answer: z.object({ id: z.string(), until: z.string() }).openapi('Protection'),
    },
    async ({ operator, params: { id }, body: { reason, until } }) => {
      await protectPerson(needs, { ...operator, reason, ...(await findKey(needs, id)), until })
      return { id, until }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/unprotect',
      summary: 'Takes a person off the list of the protected.',
      params: ofPerson,
      body: maybeReasoned,
      answer: z.object({ id: z.string(), wasProtected: z.boolean() }).openapi('Unprotected'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      const key = await findKey(needs, id)
      return { id, wasProtected: await journal.orders.unprotect({ ...operator, reason: reason ?? null, ...key }) }
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

async function findKey({ journal }: Pick<ApiNeeds, 'journal'>, id: string) {
  const [person] = await journal.records.readPeople([id])
  if (person) return { source: person.source, authorityId: person.authorityId }
  throw new ApiProblem('unknown_person', `The journal has no person ${id}.`)
}
