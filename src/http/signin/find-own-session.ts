import type { Context } from 'hono'
import type { Log } from '../../core/log.ts'
import type { Journal, SessionRefusal } from '../../journal/index.ts'
import type { Caller } from '../../signin/caller.ts'
import { findSession } from '../../signin/find-session.ts'
import { isPlainLoopback } from './plain-loopback.ts'
import { readSessionCookie } from './session-cookie.ts'

export type OwnSessionNeeds = {
  journal: { records: Pick<Journal['records'], 'findSession' | 'noteSessionUse'> }
  log: Log
  /** Whether this process listens on loopback alone, and no issuer is set: then who has the machine may sign in by a link. */
  takesLocalLinks?: boolean | undefined
}

/**
 * Finds the session of the cookie that a request bears, or why it opens nothing; null: there is none. A session that a link
 * of this machine opened proves no more than the link did, and counts only where the link itself would be taken: not
 * behind a proxy, nor when the hub listens elsewhere or has an issuer by now.
 */
export async function findOwnSession(c: Context, needs: OwnSessionNeeds): Promise<Caller | SessionRefusal | null> {
  const secret = readSessionCookie(c)
  const found = secret === undefined ? null : await findSession(needs, secret)
  if (found === null || typeof found === 'string' || found.session?.way !== 'link') return found
  if (needs.takesLocalLinks && isPlainLoopback(c)) return found
  needs.log.info(
    { session: found.session.id },
    'A session is refused: it is of a link, and not asked on the machine itself',
  )
  return null
}
