import type { Context } from 'hono'
import { isJsonObject, type JsonObject } from '../values.ts'
import { OktaFault } from './errors.ts'

/** The JSON object of a request, or Okta's "not well-formed". */
export async function readJsonBody(c: Context): Promise<JsonObject> {
  try {
    const body: unknown = await c.req.json()
    if (isJsonObject(body)) return body
  } catch {
    // Whatever could not be parsed is answered like what is no object.
  }
  throw new OktaFault('E0000003')
}

/** The Link header of a page: `self` always, `next` when there is one; clients follow it and never build it. */
export function renderPageLinks(requestUrl: string, { url, next }: { url: string; next: string | undefined }): string {
  const { pathname, search } = new URL(requestUrl)
  const self = `<${url}${pathname}${search}>; rel="self"`
  if (next === undefined) return self
  const following = new URL(`${url}${pathname}${search}`)
  following.searchParams.set('after', next)
  return `${self}, <${following}>; rel="next"`
}

const MAX_PAGE = 200

/** One page of a list in a steady order, after the id that the cursor names; `next` is the cursor of the page after it. */
export function cutPage<T extends { id: string }>(
  all: T[],
  { limit, after }: { limit?: string; after?: string },
  most = MAX_PAGE,
): { items: T[]; next: string | undefined } {
  const size = Math.min(Number(limit) || most, most)
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  const items = all.slice(start, start + size)
  return { items, next: start + size < all.length ? items.at(-1)?.id : undefined }
}
