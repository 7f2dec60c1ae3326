import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

type Problem = {
  status: 400 | 401 | 404 | 405 | 413 | 422 | 500 | 503
  title: string
  detail: string
  code: string
  /** The id of the event under which the journal has what came. */
  event?: string | undefined
}

/** An error answer as RFC 9457 problem details: what happened, and what to do. */
export function sendProblem(c: Context, { status, title, detail, code, event }: Problem): Response {
  return c.body(JSON.stringify({ type: 'about:blank', title, status, detail, code, event }), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
}

/** The refusal of a body that is no JSON text. */
export function sendNotJson(c: Context): Response {
  return sendProblem(c, {
    status: 400,
    code: 'not_json',
    title: 'Not JSON',
    detail: 'The body of a hook is a JSON document.',
  })
}

/** The most bytes of one body. */
export const maxBodyBytes = 1024 * 1024

const countBytes = bodyLimit({ maxSize: maxBodyBytes, onError: sendTooLarge })

/**
 * Refuses a body of more than 1 MiB. A body with a `Content-Length` is not counted: the server reads no more than was
 * announced, and counting makes a stream of the body, which takes as long as all other steps together.
 */
export const limitBody: MiddlewareHandler = (c, next) => {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return countBytes(c, next)
  return Number(length) <= maxBodyBytes ? next() : Promise.resolve(sendTooLarge(c))
}

function sendTooLarge(c: Context): Response {
  // The rest of the body is not read, so this connection can carry no further request.
  c.header('connection', 'close')
  return sendProblem(c, {
    status: 413,
    code: 'body_too_large',
    title: 'Body too large',
    detail: 'A hook has at most 1 MiB.',
  })
}
