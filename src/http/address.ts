import type { MiddlewareHandler } from 'hono'
import { getPath } from 'hono/utils/url'
import { sendProblem } from './problem.ts'

/** A letter or a digit that is written in percent: no client has to, and `%61pi` is not what a proxy knows as `api`. */
const encodedWord = /%(?:3\d|[46][1-9a-f]|[57][\da])/i

/**
 * The path by which a request is routed. In the address of a hook a slash too many, doubled or last, counts as none:
 * its sender would not send again. Other addresses are taken as they are written, because a proxy in front of the hub
 * may let some of them through and others not: letters in percent are no others.
 */
export function readPath(request: Request): string {
  const path = getPath(request)
  const tidy = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  if (tidy.startsWith('/hooks/')) return tidy
  const { pathname } = new URL(request.url)
  return encodedWord.test(pathname) ? pathname : path
}

/** The request as it came in, where the runtime knows it: Node. */
type Incoming = { incoming?: { url?: string } }

/**
 * Refuses a request target with `.` or `..` as a segment, however it is written. URL parsing would take such segments
 * out, so that a proxy that lets `/hooks/` through would let `/hooks/../metrics` through to `/metrics`.
 */
export const refuseDotSegments: MiddlewareHandler<{ Bindings: Incoming }> = async (c, next) => {
  const target = c.env?.incoming?.url ?? ''
  if (!hasDotSegment(target)) return next()
  return sendProblem(c, {
    status: 400,
    code: 'wrong_address',
    title: 'Wrong address',
    detail: 'An address has no segments of dots.',
  })
}

function hasDotSegment(target: string): boolean {
  const [path = ''] = target.split(/[?#]/)
  return path
    .replace(/[\t\r\n]/g, '')
    .split(/[/\\]|%2f|%5c/i)
    .some((segment) => /^(\.|%2e){1,2}$/i.test(segment))
}
