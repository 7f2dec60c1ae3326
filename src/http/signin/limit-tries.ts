import type { Context, MiddlewareHandler } from 'hono'
import type { Clock } from '../../core/clock.ts'
import { readIpAddress } from '../../outbound/ip-address.ts'
import { sendPage } from './send-page.ts'

/** So many tries to sign in are taken from one address within a minute. */
const mostTries = 20
const windowMs = 60_000

/** So many addresses are remembered: of more, the one that asked longest ago is forgotten. */
const mostAddresses = 1000

/** The connection, where the runtime has one: Node. */
type Connected = { incoming?: { socket?: { remoteAddress?: string } } }

/**
 * Bounds how often one address tries to sign in. Per process, and by the address of the connection, of IPv6 by its network:
 * behind a proxy all who ask are one. No secret of the hub's can be guessed; this keeps the database from those who try.
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
  const text = c.env?.incoming?.socket?.remoteAddress ?? 'unknown'
  const ip = readIpAddress(text.replace(/^::ffff:(?=\d+\.)|%.*$/gi, ''))
  // Whoever has an address of IPv6 has the 2⁶⁴ beside it too.
  return ip?.bits === 128 ? `${ip.value >> 64n}/64` : text
}
