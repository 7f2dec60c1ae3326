import type { MiddlewareHandler } from 'hono'
import { makeByteBudget } from '../core/byte-budget.ts'
import { sendProblem } from './problem.ts'
import { maxBodyBytes } from './read-body.ts'

/** The bytes of all bodies that one door reads and works on at one time. A parsed body takes some 15 times its bytes. */
const mostBytesPerDoor = 32 * 1024 * 1024

/** How soon a sender is asked to try again: what is held is answered within two seconds. */
const retryAfterSeconds = 2

/**
 * Makes the step that bounds the bodies of one door: it takes the body's bytes out of the door's budget before the body
 * is read, and gives them back when the request is answered. Beyond the budget it answers 503 and the body is not read.
 * Each door makes its own, so that callers of one that needs no secret cannot use up the bytes of another. A body whose
 * length is not announced, or that is unpacked, counts as the largest one there may be.
 */
export function boundBodies(mostBytes: number = mostBytesPerDoor): MiddlewareHandler {
  const budget = makeByteBudget(mostBytes)
  return async (c, next) => {
    const length = Number(c.req.header('content-length'))
    const isExact = c.req.header('transfer-encoding') === undefined && c.req.header('content-encoding') === undefined
    const bytes = isExact && Number.isSafeInteger(length) && length > 0 ? Math.min(length, maxBodyBytes) : maxBodyBytes
    if (!budget.take(bytes)) {
      // The body is not read, so this connection can carry no further request.
      c.header('connection', 'close')
      c.header('retry-after', String(retryAfterSeconds))
      return sendProblem(c, {
        status: 503,
        code: 'too_busy',
        title: 'Too much at once',
        detail: 'The hub is reading as many bytes as it may hold. Send it again in a moment.',
      })
    }
    try {
      return await next()
    } finally {
      budget.giveBack(bytes)
    }
  }
}
