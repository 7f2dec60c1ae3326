import { z } from 'zod'
import { sameEmail } from '../../src/index.ts'
import { findUserId } from './find-user-id.ts'
import { type KnowBe4Context, readPages } from './pages.ts'

/** KnowBe4 docs, "Training", enrollments (developer.knowbe4.com/rest/reporting#tag/Training); only what is read. */
const enrollment = z.object({
  module_name: z.string(),
  user: z.object({ id: z.number(), email: z.string() }),
  completion_date: z.string().nullish().catch(null),
  status: z.string(),
})

export type Enrollment = z.output<typeof enrollment>

/**
 * Reads a person's enrollments; null when KnowBe4 has no active user with this e-mail.
 * @throws Error when KnowBe4 answers with another user's enrollments even after the id was looked up again
 */
export async function readEnrollments(email: string, context: KnowBe4Context): Promise<Enrollment[] | null> {
  const ids = context.client
  const remembered = ids.get(email) !== undefined
  const userId = await findUserId(email, context)
  if (userId === null) return null
  const found: Enrollment[] = []
  const query = { user_id: String(userId) }
  for await (const { items } of readPages({ path: '/v1/training/enrollments', query, item: enrollment }, context)) {
    found.push(...items)
  }
  if (found.every(({ user }) => user.id === userId && sameEmail(user.email, email))) return found
  // The e-mail may belong to another user since its id was remembered.
  ids.forget(email)
  if (remembered) return readEnrollments(email, context)
  throw new Error('KnowBe4 answered with enrollments of somebody else')
}
