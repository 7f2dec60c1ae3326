import type { Context } from 'hono'
import { roleWords } from '../../signin/roles.ts'
import { findOwnSession, type OwnSessionNeeds } from './find-own-session.ts'
import { sendPage } from './send-page.ts'

/** `issuer`: absent where nobody signs in at one. */
type Needs = OwnSessionNeeds & { issuer?: object | undefined }

/** Shows whose session this browser has, with which role and until when, and a button that ends it. */
export async function showSession(c: Context, needs: Needs): Promise<Response> {
  const found = await findOwnSession(c, needs)
  if (found === null || typeof found === 'string' || !found.session) {
    const links = needs.issuer ? [{ href: '/signin', text: 'Sign in' }] : []
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
      ...(session.bound || session.way === 'link' ? [] : [unbound]),
    ],
    form: { action: '/signin/out', fields: {}, button: 'Sign out' },
  })
}
