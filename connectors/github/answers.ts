import { z } from 'zod'
import { type ParsedList, parseList } from '../../src/index.ts'
import { GitHubRefusal } from './errors.ts'

/**
 * Waits for a call and returns its answer, or null when GitHub answered 404 in its own words. That says that there is no
 * such object, or that the credential may not see it: see `has` for what else must be seen.
 */
export async function readOrNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof GitHubRefusal && error.status === 404) return null
    throw error
  }
}

/**
 * Checks that an answer is as documented; throws a temporary error when it is not. Octokit returns an empty text for an
 * answer that was cut off, and an empty text read as a list would mean that the list is empty.
 */
export function parseAnswer<T>(schema: z.ZodType<T>, data: unknown, doing: string): T {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  throw new Error(`GitHub's answer to "${doing}" is not what its documentation says, or was cut off`)
}

const perPage = 100

/** A longer list cannot be read to its end before the deadline, and half of a list would be a wrong answer. */
const mostPages = 50

/**
 * Reads a list to its end, element by element: an entry that cannot be made out hides no other. GitHub gives 100 at most
 * at a time.
 */
export async function readAllPages<T>(
  page: (at: { per_page: number; page: number }) => Promise<{ data: unknown; headers: { link?: string } }>,
  { of: element, doing }: { of: z.ZodType<T>; doing: string },
): Promise<ParsedList<T>> {
  const all: ParsedList<T> = { items: [], odd: 0 }
  for (let number = 1; number <= mostPages; number++) {
    const { data, headers } = await page({ per_page: perPage, page: number })
    const list = parseAnswer(z.array(z.unknown()), data, doing)
    const read = parseList(element, list)
    all.items.push(...(read?.items ?? []))
    all.odd += read?.odd ?? 0
    // A page may be short and not the last one: then GitHub names the next.
    if (list.length < perPage && !/rel="next"/.test(headers.link ?? '')) return all
  }
  throw new Error(`GitHub has more than ${mostPages * perPage} entries for "${doing}"`)
}
