import type { Context } from 'hono'

/** One page, by `per_page` (30, at most 100) and `page`. */
export function paged<T>(c: Context, items: readonly T[]): T[] {
  const perPage = Math.min(Number(c.req.query('per_page') ?? 30), 100)
  const page = Number(c.req.query('page') ?? 1)
  return items.slice((page - 1) * perPage, page * perPage)
}
