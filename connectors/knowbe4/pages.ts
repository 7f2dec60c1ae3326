import type { z } from 'zod'
import { type HandlerContext, type ParsedList, parseList } from '../../src/index.ts'
import { type KnowBe4Config, makeApiUrl, makeHeaders } from './config.ts'
import type { UserIds } from './user-ids.ts'

export type KnowBe4Context = HandlerContext<UserIds, KnowBe4Config>

// KnowBe4 docs, "Pagination": 500 is the most. A page that is not full is the last one.
const pageSize = 500

type Page<T> = ParsedList<T> & { page: number; isLast: boolean }

/** Reads a list of the Reporting API page by page, from one on, for as long as the caller iterates. */
export async function* readPages<T>(
  { path, query, item, from = 1 }: { path: string; query: Record<string, string>; item: z.ZodType<T>; from?: number },
  { config, http, signal }: KnowBe4Context,
): AsyncGenerator<Page<T>> {
  for (let page = from; ; page += 1) {
    signal.throwIfAborted()
    const { body } = await http.get(`${makeApiUrl(config)}${path}`, {
      headers: makeHeaders(config),
      query: { ...query, page: String(page), per_page: String(pageSize) },
    })
    const read = parseList(item, body)
    if (!Array.isArray(body) || read === null) {
      throw new Error(`KnowBe4 answered ${path} in another shape than its docs say`)
    }
    const isLast = body.length < pageSize
    yield { ...read, page, isLast }
    if (isLast) return
  }
}
