import { z } from '@hono/zod-openapi'
import { addRead } from './add-read.ts'
import { time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'

const who = { source: z.string(), authorityId: z.string(), login: z.string().nullable() }

const word = {
  reason: z.string(),
  until: time,
  expired: z.boolean().openapi({ description: 'True: it holds no longer.' }),
  by: z.string(),
  at: time,
}

const protectedList = z
  .object({ protected: z.array(z.object({ ...who, ...word }).openapi('Protected')), next: nextCursor })
  .openapi('ProtectedList')

const exceptions = z
  .object({
    exceptions: z.array(z.object({ id: z.string(), person: z.string(), ...who, ...word }).openapi('Exception')),
    next: nextCursor,
  })
  .openapi('Exceptions')

/** Adds for whom operators have said that the hub does less than it would: the protected, and the exceptions. */
export function addProtected(api: Api, { journal }: ApiNeeds): void {
  const read = { role: 'viewer', tag: 'people', query: z.strictObject(pageQuery) } as const
  addRead(
    api,
    {
      ...read,
      path: '/protected',
      summary: 'Lists who is never locked out without an operator.',
      answer: protectedList,
    },
    async ({ query }) => {
      const { rows, next } = takePage(await journal.orders.listProtected(), {
        list: 'protected',
        query,
        keyOf: ({ until, source, authorityId }) => [until, source, authorityId].join(' '),
      })
      return { protected: rows, next }
    },
  )
  addRead(
    api,
    {
      ...read,
      path: '/exceptions',
      summary: 'Lists whose lifted block is let be, and until when.',
      answer: exceptions,
    },
    async ({ query }) => {
      const { rows, next } = takePage(await journal.orders.listExceptions(), {
        list: 'exceptions',
        query,
        keyOf: ({ until, id }) => [until, id].join(' '),
      })
      return { exceptions: rows, next }
    },
  )
}
