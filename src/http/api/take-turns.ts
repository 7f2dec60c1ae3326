import type { Context, MiddlewareHandler } from 'hono'
import { sha256, toHex } from '../../core/crypto.ts'
import { sendApiProblem } from './problems.ts'

/** So many requests read the journal at once: its connections are shared with the delivering. */
const known = { atOnce: 6, waiting: 100 }
/** Of callers whose credential was not found valid here before: whoever reaches the port may send such requests. */
const unknown = { atOnce: 2, waiting: 100 }

/** So many credentials are remembered as known. A forgotten one is looked up in the line of the unknown, once. */
const mostKnown = 1000

/**
 * Has requests of the API wait for each other, before who asks is looked up, so that however many come, deliveries keep
 * most connections of the database. Callers who were let in before wait apart from all others: a flood of made-up tokens
 * keeps none of them from being answered. Being known is a place in a line and no more: each request is looked up anew.
 * A request without a credential reads no journal, and waits for nobody. Beyond those who wait the answer is 503.
 */
export function takeTurns(): MiddlewareHandler {
  const lines = { known: makeLine(known), unknown: makeLine(unknown) }
  const seen = new Set<string>()
  const note = (mark: string, isKnown: boolean) => {
    seen.delete(mark)
    if (isKnown) seen.add(mark)
    const [oldest] = seen
    if (oldest !== undefined && seen.size > mostKnown) seen.delete(oldest)
  }
  return async (c, next) => {
    const mark = markOf(c)
    if (mark === null) return next()
    const turn = await lines[seen.has(mark) ? 'known' : 'unknown'].take()
    if (!turn) {
      c.header('retry-after', '1')
      return sendApiProblem(c, 'too_busy', { detail: 'Too many requests wait already. Ask again in a moment.' })
    }
    try {
      await next()
      // Only who is let in is asked for a role, for parameters and for more. A fault says nothing of who asked.
      if (c.res.status < 500) note(mark, c.res.status !== 401)
    } finally {
      turn.end()
    }
    return undefined
  }
}

/** What stands for the credentials of a request, which are not kept; null: it has none. */
function markOf(c: Context): string | null {
  const given = [c.req.header('authorization'), c.req.header('cookie')]
  if (given.every((one) => one === undefined)) return null
  return toHex(sha256(new TextEncoder().encode(JSON.stringify(given))))
}

type Turn = { end(): void }

/** A line in which so many are served at once. Null for who comes when it is full. */
function makeLine({ atOnce, waiting: most }: { atOnce: number; waiting: number }): { take(): Promise<Turn | null> } {
  let running = 0
  const waiting: (() => void)[] = []
  const end = () => {
    // The turn is handed on, so that nobody who comes meanwhile takes it.
    const following = waiting.shift()
    if (following) following()
    else running--
  }
  return {
    async take() {
      if (running < atOnce) running++
      else if (waiting.length >= most) return null
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return { end }
    },
  }
}
