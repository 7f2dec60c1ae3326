import { z } from '@hono/zod-openapi'
import { roles } from '../../core/role.ts'
import { endSession, mayEndAny } from '../../signin/end-session.ts'
import { addAct, givenReason } from './add-act.ts'
import { addRead } from './add-read.ts'
import { givenId, openWord, time } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'
import { nextCursor, pageQuery, takePage } from './page.ts'
import { personKey } from './person-key.ts'

const session = z
  .object({
    id: z.string(),
    way: openWord(['oidc', 'link', 'break_glass']),
    issuer: z.string().nullable(),
    subject: z.string().nullable().openapi({ description: 'Who it is at the issuer.' }),
    account: z.string().openapi({ description: 'The id that stays on record.' }),
    person: personKey,
    name: z.string().nullable(),
    email: z.string().nullable(),
    role: openWord(roles),
    madeAt: time,
    lastUsedAt: time.nullable().openapi({ description: 'To the minute.' }),
    expiresAt: time,
    over: z.boolean().openapi({ description: 'It was ended, is too old, or was not used for too long.' }),
    endedAt: time.nullable(),
    endedBy: z.string().nullable(),
  })
  .openapi('Session')

const sessions = z.object({ sessions: z.array(session), next: nextCursor }).openapi('Sessions')

/** Adds the sessions: one's own for everybody, and for administrators all. */
export function addSessions(api: Api, needs: ApiNeeds): void {
  const { journal } = needs
  addRead(
    api,
    {
      role: 'viewer',
      tag: 'callers',
      path: '/sessions',
      summary: 'Lists the sessions of the caller, and for an administrator those of everybody.',
      query: z.strictObject(pageQuery),
      answer: sessions,
    },
    async ({ caller, query }) => {
      const whose = mayEndAny(caller) ? {} : { account: caller.account }
      const listed = await journal.records.listSessions(whose)
      const { rows, next } = takePage(listed, { list: 'sessions', query, keyOf: ({ id }) => id })
      return { sessions: rows, next }
    },
  )
  addAct(
    api,
    needs,
    {
      role: 'viewer',
      tag: 'callers',
      path: '/sessions/{id}/end',
      summary: "Ends a session of the caller's, and for an administrator anybody's: its next request is refused.",
      params: z.object({ id: givenId('ses') }),
      body: z.strictObject({ reason: givenReason.optional() }),
      answer: z.object({ id: z.string(), ended: z.literal(true) }).openapi('Ended'),
    },
    async ({ caller, operator, params: { id }, body: { reason = null } }) => {
      await endSession(journal, caller, { id, operator, reason })
      return { id, ended: true as const }
    },
  )
}
