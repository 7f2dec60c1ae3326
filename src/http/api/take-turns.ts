import type { MiddlewareHandler } from 'hono'
import { sendApiProblem } from './problems.ts'

/** So many requests read the journal at once: its connections are shared with the delivering. */
const mostAtOnce = 6
const mostWaiting = 100

/**
 * Has requests of the API wait for each other, before who asks is looked up, so that however many come, deliveries keep
 * most connections of the database. Beyond those who wait it answers 503.
 */
export function takeTurns(): MiddlewareHandler {
  let running = 0
  const waiting: (() => void)[] = []
  return async (c, next) => {
    if (running >= mostAtOnce) {
      if (waiting.length >= mostWaiting) {
        c.header('retry-after', '1')
        return sendApiProblem(c, 'too_busy', { detail: 'Too many requests wait already. Ask again in a moment.' })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await next()
    } finally {
      // The turn is handed on, so that nobody who comes meanwhile takes it.
      const following = waiting.shift()
      if (following) following()
      else running--
    }
  }
}
