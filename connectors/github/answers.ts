import type { z } from 'zod'
import { GitHubRefusal } from './errors.ts'

/** Waits for a call and returns its answer, or null when GitHub answered 404. */
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

/** Reads a list to its end. GitHub gives 100 at most at a time. */
export async function readAllPages<T>(
  page: (at: { per_page: number; page: number }) => Promise<{ data: unknown }>,
  { of: schema, doing }: { of: z.ZodType<T[]>; doing: string },
): Promise<T[]> {
  const all: T[] = []
  for (let number = 1; number <= mostPages; number++) {
    const { data } = await page({ per_page: perPage, page: number })
    const items = parseAnswer(schema, data, doing)
    all.push(...items)
    if (items.length < perPage) return all
  }
  throw new Error(`GitHub has more than ${mostPages * perPage} entries for "${doing}"`)
}
