import type { Context } from 'hono'
import type { Log } from '../../core/log.ts'
import type { Journal } from '../../journal/index.ts'
import { findSession } from '../../signin/find-session.ts'
import { roleWords } from '../../signin/roles.ts'
import { sendPage } from './send-page.ts'
import { readSessionCookie } from './session-cookie.ts'

type Needs = { journal: Pick<Journal, 'records'>; log: Log }

/** Shows whose session this browser has, with which role and until when, and a button that ends it. */
export async function showSession(c: Context, needs: Needs): Promise<Response> {
  const secret = readSessionCookie(c)
  const found = secret === undefined ? null : await findSession(needs, secret)
  if (found === null || typeof found === 'string' || !found.session) {
    const links = [{ href: '/signin', text: 'Sign in' }]
    return sendPage(c, { status: 200, title: 'Not signed in', lines: ['This browser has no session.'], links })
  }
  const { actor, role, session } = found
  const unbound = 'The hub does not know which person you are: you may look, and not for long.'
  return sendPage(c, {
    status: 200,
    title: `Signed in as ${actor}`,
    lines: [
      `Your role is ${role}: it ${roleWords[role]}.`,
      `It lasts until ${session.expiresAt} at most.`,
      ...(session.bound ? [] : [unbound]),
    ],
    form: { action: '/signin/out', fields: {}, button: 'Sign out' },
  })
}
