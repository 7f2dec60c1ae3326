import { z } from '@hono/zod-openapi'
import { roles } from '../../core/role.ts'
import { addRead } from './add-read.ts'
import { openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'

const personKey = z.object({ source: z.string(), authorityId: z.string() }).nullable()

const me = z
  .object({
    actor: z.string(),
    account: z.string().openapi({ description: 'The id that stays on record: of the token, or of the user.' }),
    role: openWord(roles),
    way: openWord(['api', 'console']),
    person: personKey,
  })
  .openapi('Caller')

const token = z
  .object({
    id: z.string(),
    name: z.string(),
    owner: z.string(),
    role: openWord(roles),
    person: personKey,
    madeBy: z.string(),
    madeAt: time,
    expiresAt: time,
    expired: z.boolean(),
    revokedAt: time.nullable(),
    revokedBy: z.string().nullable(),
    lastUsedAt: time.nullable().openapi({ description: 'To the minute.' }),
  })
  .openapi('Token')

const tokens = z.object({ tokens: z.array(token), next: nextCursor }).openapi('Tokens')

/** Adds who asks, and by which tokens others may. */
export function addCallers(api: Api, { journal }: ApiNeeds): void {
  addRead(
    api,
    { role: 'viewer', tag: 'callers', path: '/me', summary: 'Says who asks, with which role.', answer: me },
    async ({ caller }) => caller,
  )
  addRead(
    api,
    {
      role: 'admin',
      tag: 'callers',
      path: '/tokens',
      summary: 'Lists the tokens, those that ended too.',
      query: z.strictObject(pageQuery),
      answer: tokens,
    },
    async ({ query }) => {
      const { rows, next } = takePage(await journal.records.listTokens(), {
        list: 'tokens',
        query,
        keyOf: ({ id }) => id,
      })
      return { tokens: rows, next }
    },
  )
}
