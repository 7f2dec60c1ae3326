import type { Context } from 'hono'
import { UsageError } from '../../core/errors.ts'
import type { Journal } from '../../journal/index.ts'
import { toOperator } from '../../signin/caller.ts'
import { endSession } from '../../signin/end-session.ts'
import type { FindIssuer } from '../../signin/oidc/issuer.ts'
import { findOwnSession, type OwnSessionNeeds } from './find-own-session.ts'
import { isOwnRequest } from './is-own-request.ts'
import { sendPage } from './send-page.ts'
import { dropSessionCookie } from './session-cookie.ts'

type EndNeeds = OwnSessionNeeds & { journal: Pick<Journal, 'orders' | 'records'> }

/** `issuer`: where people sign in; absent: at none. */
export type SignOutNeeds = EndNeeds & {
  consoleUrl?: string | undefined
  issuer?: { findIssuer: FindIssuer; clientId: string } | undefined
}

/** Ends the session of this browser, and offers to log out at the issuer too, which would let it in again at once. */
export async function signOut(c: Context, needs: SignOutNeeds): Promise<Response> {
  if (!isOwnRequest(c, needs)) {
    const lines = ['Another page asked for it.', 'Sign out with the button of this hub.']
    return sendPage(c, { status: 403, title: 'You were not signed out', lines })
  }
  await endOwnSession(c, needs)
  dropSessionCookie(c)
  const address = await findLogout(needs)
  const there = 'You may still be logged in at the sign-in service.'
  return sendPage(c, {
    status: 200,
    title: 'Signed out',
    lines: ['The session of this browser is over.', ...(address ? [there] : [])],
    links: [
      ...(address ? [{ href: address, text: 'Log out there too' }] : []),
      ...(needs.issuer ? [{ href: '/signin', text: 'Sign in' }] : []),
    ],
  })
}

/** Ends the session of the request's cookie, if it has one that opens anything. */
export async function endOwnSession(c: Context, needs: EndNeeds): Promise<void> {
  const found = await findOwnSession(c, needs)
  if (found === null || typeof found === 'string' || !found.session) return
  const requestId: string | undefined = c.get('traceId')
  const operator = { ...toOperator(found), ...(requestId === undefined ? {} : { requestId }) }
  await endSession(needs.journal, found, { id: found.session.id, operator }).catch((thrown) => {
    // Another tab of this browser ended it in between.
    if (!(thrown instanceof UsageError)) throw thrown
  })
}

/** Where the issuer logs people out (RP-Initiated Logout); null: it names no such place, or cannot be asked now. */
async function findLogout({ issuer }: SignOutNeeds): Promise<string | null> {
  const found = await issuer?.findIssuer().catch(() => null)
  const place = found?.metadata.end_session_endpoint
  if (!issuer || place === undefined || !/^https?:\/\//.test(place)) return null
  const address = new URL(place)
  address.searchParams.set('client_id', issuer.clientId)
  return address.href
}
