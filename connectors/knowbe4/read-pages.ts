import type { z } from 'zod'
import type { HandlerContext } from '../../src/index.ts'
import { apiUrl, type KnowBe4Config } from './config.ts'

export type KnowBe4Context = HandlerContext<UserIds, KnowBe4Config>

/** E-mail, lower-cased → KnowBe4's id of the user. */
export type UserIds = Map<string, number>

// KnowBe4 docs, "Pagination": 500 is the most. A page that is not full is the last one.
const pageSize = 500

/** Reads a list of the Reporting API page by page, as far as the caller goes on. */
export async function* readPages<T>(
  { path, query, item }: { path: string; query: Record<string, string>; item: z.ZodType<T> },
  { config, http, signal }: KnowBe4Context,
): AsyncGenerator<T[]> {
  for (let page = 1; ; page += 1) {
    signal.throwIfAborted()
    const { body } = await http.get(`${apiUrl(config)}${path}`, {
      headers: { authorization: `Bearer ${config.KNOWBE4_TOKEN}`, accept: 'application/json' },
      query: { ...query, page: String(page), per_page: String(pageSize) },
    })
    const items = item.array().safeParse(body)
    if (!items.success) throw new Error(`KnowBe4 answered ${path} in another shape than its docs say`)
    yield items.data
    if (items.data.length < pageSize) return
  }
}
