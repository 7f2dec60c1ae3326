import type { Context, MiddlewareHandler } from 'hono'
import type { Clock } from '../../core/clock.ts'
import { sendPage } from './send-page.ts'

/** So many tries to sign in are taken from one address within a minute. */
const mostTries = 20
const windowMs = 60_000

/** So many addresses are remembered: of more, the one that was seen first is forgotten. */
const mostAddresses = 1000

/** The connection, where the runtime has one: Node. */
type Connected = { incoming?: { socket?: { remoteAddress?: string } } }

/**
 * Bounds how often one address tries to sign in. Per process, and by the address of the connection: behind a proxy all who
 * ask are one. No secret of the hub's can be guessed; this keeps the database from those who try.
 */
export function limitTries({ clock, most = mostTries }: { clock: Clock; most?: number }): MiddlewareHandler {
  const windows = new Map<string, { since: number; tries: number }>()
  return async (c, next) => {
    const now = clock.now().getTime()
    const address = readAddress(c)
    const known = windows.get(address)
    const current = known && now - known.since < windowMs ? known : { since: now, tries: 0 }
    current.tries++
    windows.delete(address)
    windows.set(address, current)
    const [oldest] = windows.keys()
    if (windows.size > mostAddresses && oldest !== undefined) windows.delete(oldest)
    if (current.tries <= most) return next()
    c.header('retry-after', String(Math.ceil((current.since + windowMs - now) / 1000)))
    return sendPage(c, {
      status: 429,
      title: 'Too many tries',
      lines: ['Somebody at this address has tried to sign in too often. Wait for a minute.'],
    })
  }
}

function readAddress(c: Context<{ Bindings: Connected }>): string {
  return c.env?.incoming?.socket?.remoteAddress ?? 'unknown'
}
