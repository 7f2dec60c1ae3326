import { z } from 'zod'
import { type KnowBe4Context, readPages } from './pages.ts'

/** How long a list that was read to its end counts as whole, but for users who were added at its end. */
const wholeMs = 15 * 60_000

/** KnowBe4 docs, "Users" (developer.knowbe4.com/rest/reporting#tag/Users); only what is read. */
const user = z.object({ id: z.number(), email: z.string().nullish().catch(null) })

/**
 * Finds a user's id by e-mail, in any case; null when no active user has it. What is read is kept, and a reading that was
 * cut off by the rate limit or the deadline goes on at the page where it was. A list that was read to its end is read
 * again from its last page on, where new users come, and as a whole only when it has become old.
 */
export async function findUserId(email: string, context: KnowBe4Context): Promise<number | null> {
  const { client: ids } = context
  const known = ids.get(email)
  if (known !== undefined) return known
  const found = ids.reading.catch(() => {}).then(() => ids.get(email) ?? readOn(email, context))
  ids.reading = found
  return found
}

async function readOn(email: string, context: KnowBe4Context): Promise<number | null> {
  const { client: ids, now } = context
  const isWhole = () => ids.completeSince !== null && now().getTime() - ids.completeSince < wholeMs
  if (ids.begunAt === null && !isWhole()) {
    ids.nextPage = 1
    ids.begunAt = now().getTime()
  }
  const pages = { path: '/v1/users', query: { status: 'active' }, item: user, from: ids.nextPage }
  for await (const { items, page, isLast } of readPages(pages, context)) {
    for (const { id, email: theirs } of items) if (theirs) ids.set(theirs, id)
    // The last page is read again at the next question.
    ids.nextPage = isLast ? page : page + 1
    if (isLast && ids.begunAt !== null) {
      ids.completeSince = ids.begunAt
      ids.begunAt = null
    }
    const found = ids.get(email)
    if (found !== undefined) return found
  }
  // A list that was begun long ago may have changed on the pages before: then it is read once more.
  return isWhole() ? null : readOn(email, context)
}
