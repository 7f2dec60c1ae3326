import { z } from '@hono/zod-openapi'
import { adoptUser, findAdoptable } from '../../operate/adopt.ts'
import { endException, exceptPerson } from '../../operate/exception-orders.ts'
import { protectPerson } from '../../operate/protect-person.ts'
import { resyncPerson } from '../../operate/resync-orders.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenId, givenText, givenTime } from './facts.ts'
import { findPerson } from './find-person.ts'
import type { Api, ApiNeeds } from './needs.ts'

const params = z.object({ id: givenId('per') })
const reasoned = z.strictObject({ reason: givenReason })
const timed = z.strictObject({ reason: givenReason, until: givenTime })

/**
 * Adds the orders about one person. A user that no run has met as a conflict of the person is adopted on the command line
 * alone: a wrong id would give another person's account away, and a program cannot look at it.
 */
export function addPersonOrders(api: Api, needs: ApiNeeds): void {
  const { journal, installed } = needs
  const order = { role: 'operator', tag: 'orders', params } as const
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/protect',
      summary: 'Has a person never locked out without an operator, until a time.',
      body: timed,
      answer: z.object({ id: z.string(), until: z.string() }).openapi('Protection'),
    },
    async ({ operator, params: { id }, body: { reason, until } }) => {
      const { source, authorityId } = await findPerson(journal, id)
      await protectPerson(needs, { ...operator, reason, source, authorityId, until })
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
      body: z.strictObject({ reason: givenReason.optional() }),
      answer: z.object({ id: z.string(), wasProtected: z.boolean() }).openapi('Unprotected'),
    },
    async ({ operator, params: { id }, body: { reason = null } }) => {
      const { source, authorityId } = await findPerson(journal, id)
      return { id, wasProtected: await journal.orders.unprotect({ ...operator, reason, source, authorityId }) }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/except',
      summary: 'Has a lifted block of a locked-out person stay lifted until a time. The flag stands.',
      body: timed,
      answer: z.object({ id: z.string(), until: z.string() }).openapi('Excepted'),
    },
    async ({ operator, params: { id }, body: { reason, until } }) => {
      await findPerson(journal, id)
      await exceptPerson(needs, { ...operator, reason, person: id, until })
      return { id, until }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/end-exception',
      summary: 'Ends the exceptions of a person now: who is denied is blocked again.',
      body: reasoned,
      answer: z.object({ id: z.string(), wasExcepted: z.boolean() }).openapi('ExceptionEnded'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      const person = await findPerson(journal, id)
      return { id, wasExcepted: await endException(needs, { ...operator, reason, person }) }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/adopt',
      summary: 'Says that a user in conflict is this person: the hub asks the authority and does what is true then.',
      body: z.strictObject({
        reason: givenReason,
        target: givenText(255).openapi({ description: 'The user, as the conflict names it.' }),
        connector: givenText(40).optional().openapi({ description: 'Where the same id is in conflict at several.' }),
      }),
      answer: z.object({ id: z.string(), connector: z.string(), target: z.string() }).openapi('Adopted'),
    },
    async ({ operator, params: { id }, body: { reason, target, connector = null } }) => {
      const person = await findPerson(journal, id)
      const found = await findAdoptable({ journal, installed }, { person, target, connector, unseen: false })
      const user = { connector: found.connector, target: found.target }
      await adoptUser(needs, { ...operator, reason, person, ...user })
      return { id, ...user }
    },
  )
  addAct(
    api,
    needs,
    {
      ...order,
      path: '/people/{id}/resync',
      summary: 'Looks at a person anew at every connector: what is true at the authority now is brought there.',
      body: reasoned,
      answer: z.object({ id: z.string(), queued: z.literal(true) }).openapi('PersonResync'),
    },
    async ({ operator, params: { id }, body: { reason } }) => {
      await resyncPerson(needs, { ...operator, reason, person: await findPerson(journal, id) })
      return { id, queued: true as const }
    },
  )
}
