import { z } from 'zod'
import { type KnowBe4Context, readPages } from './read-pages.ts'
import { userIdOf } from './user-id.ts'

/** KnowBe4 docs, "Training", enrollments (developer.knowbe4.com/rest/reporting#tag/Training); only what is read. */
const enrollment = z.object({
  module_name: z.string(),
  user: z.object({ id: z.number(), email: z.string() }),
  completion_date: z.string().nullable(),
  status: z.string(),
})

export type Enrollment = z.output<typeof enrollment>

/**
 * Somebody's enrollments, or null: KnowBe4 knows nobody active with this e-mail.
 * @throws Error when KnowBe4 answers with somebody else's, though it was asked anew who this is
 */
export async function enrollmentsOf(email: string, context: KnowBe4Context): Promise<Enrollment[] | null> {
  const remembered = context.client.has(email.toLowerCase())
  const userId = await userIdOf(email, context)
  if (userId === null) return null
  const found: Enrollment[] = []
  const query = { user_id: String(userId) }
  for await (const page of readPages({ path: '/v1/training/enrollments', query, item: enrollment }, context)) {
    found.push(...page)
  }
  if (found.every(({ user }) => user.id === userId && user.email.toLowerCase() === email.toLowerCase())) return found
  // The e-mail may have gone over to somebody else since it was remembered.
  context.client.delete(email.toLowerCase())
  if (remembered) return enrollmentsOf(email, context)
  throw new Error('KnowBe4 answered with enrollments of somebody else')
}
