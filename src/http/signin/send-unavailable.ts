import type { Context } from 'hono'
import type { Log } from '../../core/log.ts'
import { isUnavailable } from '../../journal/index.ts'
import { sendPage } from './send-page.ts'

/** Tells a browser that the journal cannot be reached, if that is why something was thrown. Anything else is thrown on. */
export function sendUnavailable(c: Context, thrown: Error, log: Log): Response | Promise<Response> {
  if (!isUnavailable(thrown)) throw thrown
  log.warn({ err: thrown, path: c.req.path }, 'A page of the sign-in could not reach the journal')
  return sendPage(c, {
    status: 503,
    title: 'The hub is not available',
    lines: ['It cannot reach its journal right now.', 'Try again in a moment.'],
  })
}
