import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from './problem.ts'

const maxBodyBytes = 1024 * 1024

const counted = bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge })

/**
 * A body with a length needs no counting: the server reads no more of it than was announced. To count means to make a
 * stream of it, which takes as long as all other steps together.
 */
export const small: MiddlewareHandler = (c, next) => {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counted(c, next)
  return Number(length) <= maxBodyBytes ? next() : Promise.resolve(tooLarge(c))
}

function tooLarge(c: Context): Response {
  // The rest of the body is not read, so this connection can carry no further request.
  c.header('connection', 'close')
  return problem(c, {
    status: 413,
    code: 'body_too_large',
    title: 'Body too large',
    detail: 'A hook has at most 1 MiB.',
  })
}
