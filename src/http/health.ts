import { Hono } from 'hono'
import { problem } from './problem.ts'

/** Alive, and ready: the journal reachable and migrated. Neither needs a vendor. */
export function health({ ready }: { ready(): Promise<void> }): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'alive' }))
    .get('/readyz', async (c) => {
      try {
        await ready()
        return c.json({ status: 'ready' })
      } catch {
        return problem(c, {
          status: 503,
          code: 'not_ready',
          title: 'Not ready',
          detail: 'The journal is not reachable, or not migrated.',
        })
      }
    })
}
