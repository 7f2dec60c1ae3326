import { z } from '@hono/zod-openapi'
import { roles } from '../../core/role.ts'
import { makeToken, mostDays } from '../../signin/make-token.ts'
import { revokeToken } from '../../signin/revoke-token.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { dropAbsent, givenId, givenText, openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'
import { personKey } from './person-key.ts'

const me = z
  .object({
    actor: z.string(),
    account: z
      .string()
      .openapi({ description: 'The id that stays on record: of the token, of the person, or of the user.' }),
    role: openWord(roles),
    way: openWord(['api', 'console']),
    person: personKey,
    session: z
      .object({
        id: z.string(),
        way: openWord(['oidc', 'link', 'break_glass']),
        expiresAt: time,
        bound: z.boolean().openapi({
          description:
            'Whether it is of a person of the authority. Whom an issuer names and who is none may look, and not for long.',
        }),
      })
      .nullable()
      .openapi({ description: 'The session in which it is asked; null: it is asked with a token.' }),
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

const wish = z.strictObject({
  owner: givenText().openapi({ description: 'Who answers for what is done with it.' }),
  name: givenText().openapi({ description: 'What it is for.' }),
  role: z.enum(roles).openapi({ description: 'No higher than that of the caller.' }),
  days: z.int().min(1).max(mostDays),
  reason: givenReason.optional(),
})

const made = token
  .extend({ token: z.string().openapi({ description: 'The token itself: shown this once.' }) })
  .openapi('MadeToken')

/** Adds who asks, and by which tokens others may. */
export function addCallers(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  addRead(
    api,
    { role: 'viewer', tag: 'callers', path: '/me', summary: 'Says who asks, with which role.', answer: me },
    async ({ caller: { session = null, ...caller } }) => ({ ...caller, session }),
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
  addAct(
    api,
    needs,
    {
      role: 'admin',
      tag: 'callers',
      path: '/tokens',
      summary:
        'Makes a token, of the person who makes it. It takes no Idempotency-Key: what is shown once is kept nowhere.',
      params: z.object({}),
      body: wish,
      answer: made,
      isFresh: true,
      notInEmergency: true,
    },
    async ({ caller, operator: { requestId }, body: { reason = null, ...asked } }) => {
      // Whoever leaves must not go on through what they made.
      const wish = { ...asked, ...dropAbsent({ requestId }), reason, person: caller.person }
      const { text, token: row } = await makeToken(needs, caller, wish)
      return { ...row, token: text }
    },
  )
  addAct(
    api,
    needs,
    {
      role: 'admin',
      tag: 'callers',
      path: '/tokens/{id}/revoke',
      summary: 'Ends a token for good, and those that were made with it: their next request is refused.',
      params: z.object({ id: givenId('tok') }),
      body: z.strictObject({ reason: givenReason.optional() }),
      answer: z.object({ id: z.string(), revoked: z.literal(true) }).openapi('Revoked'),
      notInEmergency: true,
    },
    async ({ caller, operator: { requestId }, params: { id }, body: { reason = null } }) => {
      await revokeToken(journal, caller, { id, reason, ...dropAbsent({ requestId }) })
      return { id, revoked: true as const }
    },
  )
}
