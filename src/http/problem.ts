import type { Context } from 'hono'

export type Problem = {
  status: 400 | 401 | 404 | 405 | 413 | 422 | 500 | 503
  title: string
  detail: string
  code: string
  /** The id of the event under which the journal has what came. */
  event?: string | undefined
}

/** An error answer as RFC 9457 problem details: what happened, and what to do. */
export function problem(c: Context, { status, title, detail, code, event }: Problem): Response {
  return c.body(JSON.stringify({ type: 'about:blank', title, status, detail, code, event }), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
}
