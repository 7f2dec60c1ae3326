import type { z } from 'zod'
import { parsed } from './errors.ts'

const perPage = 100

/** A list of more than this is not read to its end within anybody's deadline; half of it would be a wrong answer. */
const mostPages = 50

/** Reads a list to its end. GitHub gives 100 at most at a time. */
export async function allPages<T>(
  page: (at: { per_page: number; page: number }) => Promise<{ data: unknown }>,
  { of: schema, doing }: { of: z.ZodType<T[]>; doing: string },
): Promise<T[]> {
  const all: T[] = []
  for (let number = 1; number <= mostPages; number++) {
    const { data } = await page({ per_page: perPage, page: number })
    const items = parsed(schema, data, doing)
    all.push(...items)
    if (items.length < perPage) return all
  }
  throw new Error(`GitHub has more than ${mostPages * perPage} entries for "${doing}"`)
}
