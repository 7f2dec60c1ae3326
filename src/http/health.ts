import { Hono } from 'hono'
import { ownWords, UsageError } from '../core/errors.ts'
import type { Leaving } from './leaving.ts'
import { sendProblem } from './problem.ts'

/**
 * Alive, and ready: not told to end, the journal reachable, and its schema one that this code works with. Neither needs
 * a vendor.
 *
 * Only the words of a `UsageError` are answered, which name migrations and nothing else: other errors may hold a password.
 */
export function serveHealth({ ready, leaving }: { ready(): Promise<void>; leaving?: Leaving }): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'alive' }))
    .get('/readyz', async (c) => {
      if (leaving?.isLeaving()) {
        return sendProblem(c, {
          status: 503,
          code: 'ending',
          title: 'Ending',
          detail: 'This process was told to end: send what is new to another one.',
        })
      }
      try {
        await ready()
        return c.json({ status: 'ready' })
      } catch (thrown) {
        return sendProblem(c, {
          status: 503,
          code: 'not_ready',
          title: 'Not ready',
          detail:
            thrown instanceof UsageError
              ? `${ownWords(thrown)} ${thrown.why} ${thrown.fix}`
              : 'The journal is not reachable, or not migrated.',
        })
      }
    })
}
