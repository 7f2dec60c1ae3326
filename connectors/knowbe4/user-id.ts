import { z } from 'zod'
import { type KnowBe4Context, readPages } from './read-pages.ts'

/** KnowBe4 docs, "Users" (developer.knowbe4.com/rest/reporting#tag/Users); only what is read. */
const user = z.object({ id: z.number(), email: z.string() })

/**
 * Who somebody is at KnowBe4, by e-mail whatever its case. The API has no search by e-mail, so that the list of active
 * users is read until the person comes; whoever came by is remembered.
 */
export async function userIdOf(email: string, context: KnowBe4Context): Promise<number | null> {
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
