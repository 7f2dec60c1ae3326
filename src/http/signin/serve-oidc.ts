import { type Context, Hono } from 'hono'
import { errorMessage, ownWords, UsageError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import { beginSignIn, startSeconds } from '../../signin/oidc/begin-sign-in.ts'
import { type FinishNeeds, finishSignIn } from '../../signin/oidc/finish-sign-in.ts'
import { readOwnPath } from '../../signin/oidc/own-path.ts'
import { IssuerError, makeUnknownSignIn } from '../../signin/oidc/refusals.ts'
import { secureAnswers } from '../secure-answers.ts'
import { type Traced, traceRequests } from '../trace.ts'
import { findOwnSession } from './find-own-session.ts'
import { limitTries } from './limit-tries.ts'
import { sendPage } from './send-page.ts'
import { sendUnavailable } from './send-unavailable.ts'
import { serveSessionPages } from './serve-session-pages.ts'
import { setSessionCookie } from './session-cookie.ts'
import { endOwnSession } from './sign-out.ts'
import { setStartCookie, takeStartCookie } from './start-cookie.ts'

/** A sign-in takes two to four of them, and behind a proxy all who sign in have one address. */
const mostTries = 120

export type OidcNeeds = FinishNeeds & { log: Log; scope?: WorkScope | undefined }

/** The sign-in by OpenID Connect: `/signin` sends the browser to the issuer, which sends it back to `/signin/callback`. */
export function serveOidc(needs: OidcNeeds): Hono<{ Variables: Traced }> {
  const isSecure = needs.settings.redirectUri.startsWith('https:')
  const begin = async (c: Context, wish: { goal: string; silent: boolean }) => {
    const { secret, address } = await beginSignIn(needs, wish)
    setStartCookie(c, secret, { isSecure, seconds: startSeconds })
    return c.redirect(address, 303)
  }
  const limit = limitTries({ clock: needs.clock, most: mostTries })
  const { findIssuer, settings } = needs
  const issuer = { findIssuer, clientId: settings.clientId }
  const pages = serveSessionPages({ ...needs, issuer, consoleUrl: new URL(settings.redirectUri).origin })
  return new Hono<{ Variables: Traced }>()
    .use('/signin/*', traceRequests(needs.scope), secureAnswers())
    .get('/signin', limit, async (c) => {
      // Who worked here a moment ago need not see the issuer's page, if it can say without who they are.
      const silent = (await findOwnSession(c, needs)) === 'roles_old'
      return begin(c, { goal: readOwnPath(c.req.query('to')), silent })
    })
    .get('/signin/callback', limit, async (c) => {
      const query = new URL(c.req.url).searchParams
      const secret = takeStartCookie(c, query.get('state') ?? '', isSecure)
      if (!secret) throw makeUnknownSignIn()
      const finished = await finishSignIn(needs, { secret, query, requestId: c.get('traceId') })
      if ('visible' in finished) return begin(c, { goal: finished.goal, silent: false })
      await endOwnSession(c, needs)
      setSessionCookie(c, finished.session)
      return c.redirect(finished.goal, 303)
    })
    .route('/', pages)
    .onError((thrown, c) => sendRefusal(c, thrown, needs.log))
}

const statuses: Readonly<Record<string, 403 | 503>> = { issuer_unavailable: 503, no_role: 403, person_denied: 403 }

/** A page for the person, who reads what to do, and a line for the operator, who reads why. */
function sendRefusal(c: Context, thrown: Error, log: Log): Response | Promise<Response> {
  if (!(thrown instanceof UsageError)) return sendUnavailable(c, thrown, log)
  const cause = thrown instanceof IssuerError ? { error: errorMessage(thrown.cause) } : {}
  log.warn({ code: thrown.code, ...cause }, 'A sign-in was refused')
  return sendPage(c, {
    status: statuses[thrown.code ?? ''] ?? 400,
    title: ownWords(thrown),
    lines: [thrown.why, thrown.fix],
    links: [{ href: '/signin', text: 'Sign in' }],
  })
}
