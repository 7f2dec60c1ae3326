import { z } from 'zod'
import type { HandlerContext } from '../../src/index.ts'
import { type KnowBe4Config, makeApiUrl } from './config.ts'

/** KnowBe4 docs, "Training", enrollments (developer.knowbe4.com/rest/reporting#tag/Training); only what is read. */
const enrollment = z.object({
  module_name: z.string(),
  user: z.object({ id: z.number(), email: z.string() }),
  completion_date: z.string().nullable(),
  status: z.string(),
})

export type Enrollment = z.output<typeof enrollment>

/**
 * Reads a person's enrollments; null when KnowBe4 has no active user with this e-mail.
 * @throws Error when KnowBe4 answers with another user's enrollments even after the id was looked up again
 */
export async function readEnrollments(email: string, context: KnowBe4Context): Promise<Enrollment[] | null> {
  const remembered = context.client.has(email.toLowerCase())
  const userId = await findUserId(email, context)
  if (userId === null) return null
  const found: Enrollment[] = []
  const query = { user_id: String(userId) }
  for await (const page of readPages({ path: '/v1/training/enrollments', query, item: enrollment }, context)) {
    found.push(...page)
  }
  if (found.every(({ user }) => user.id === userId && user.email.toLowerCase() === email.toLowerCase())) return found
  // The e-mail may belong to another user since its id was remembered.
  context.client.delete(email.toLowerCase())
  if (remembered) return readEnrollments(email, context)
  throw new Error('KnowBe4 answered with enrollments of somebody else')
}

/** KnowBe4 docs, "Users" (developer.knowbe4.com/rest/reporting#tag/Users); only what is read. */
const user = z.object({ id: z.number(), email: z.string() })

/**
 * Finds a user's id by e-mail, in any case. The API has no search by e-mail, so the list of active users is read until
 * the person is found; all users read on the way are remembered.
 */
async function findUserId(email: string, context: KnowBe4Context): Promise<number | null> {
  const wanted = email.toLowerCase()
  const known = context.client.get(wanted)
  if (known !== undefined) return known
  for await (const page of readPages({ path: '/v1/users', query: { status: 'active' }, item: user }, context)) {
    for (const { id, email: theirs } of page) context.client.set(theirs.toLowerCase(), id)
    const found = context.client.get(wanted)
    if (found !== undefined) return found
  }
  return null
}

type KnowBe4Context = HandlerContext<UserIds, KnowBe4Config>

/** E-mail, lower-cased → KnowBe4's id of the user. */
export type UserIds = Map<string, number>

// KnowBe4 docs, "Pagination": 500 is the most. A page that is not full is the last one.
const pageSize = 500

/** Reads a list of the Reporting API page by page, for as long as the caller iterates. */
async function* readPages<T>(
  { path, query, item }: { path: string; query: Record<string, string>; item: z.ZodType<T> },
  { config, http, signal }: KnowBe4Context,
): AsyncGenerator<T[]> {
  for (let page = 1; ; page += 1) {
    signal.throwIfAborted()
    const { body } = await http.get(`${makeApiUrl(config)}${path}`, {
      headers: { authorization: `Bearer ${config.KNOWBE4_TOKEN}`, accept: 'application/json' },
      query: { ...query, page: String(page), per_page: String(pageSize) },
    })
    const items = item.array().safeParse(body)
    if (!items.success) throw new Error(`KnowBe4 answered ${path} in another shape than its docs say`)
    yield items.data
    if (items.data.length < pageSize) return
  }
}
