import type { Context } from 'hono'

/**
 * Whether a page of the hub's own made this request. A browser sends the cookie with requests that other pages make, and
 * names who made them: in `Sec-Fetch-Site`, and in `Origin` where it is an older one. What names nobody is refused.
 * `hono/csrf` would let through whatever is no form: that rests on no answer ever allowing other origins.
 */
export function isOwnRequest(c: Context, { consoleUrl }: { consoleUrl?: string | undefined }): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  if (origin === undefined) return false
  // Behind a proxy that ends TLS the scheme of the address is not the browser's: then the setting says it.
  return origin === new URL(c.req.url).origin || (consoleUrl !== undefined && origin === new URL(consoleUrl).origin)
}
