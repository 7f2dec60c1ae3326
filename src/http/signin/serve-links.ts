import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { WorkScope } from '../../core/work-scope.ts'
import type { Journal, LinkKind } from '../../journal/index.ts'
import { linkPaths } from '../../signin/link-paths.ts'
import { useLink } from '../../signin/use-link.ts'
import { secureAnswers } from '../secure-answers.ts'
import { type Traced, traceRequests } from '../trace.ts'
import { isOwnRequest } from './is-own-request.ts'
import { limitTries } from './limit-tries.ts'
import { isPlainLoopback } from './plain-loopback.ts'
import { sendPage } from './send-page.ts'
import { sendUnavailable } from './send-unavailable.ts'
import { serveSessionPages } from './serve-session-pages.ts'
import { setSessionCookie } from './session-cookie.ts'
import { endOwnSession } from './sign-out.ts'

export type LinkNeeds = {
  journal: Pick<Journal, 'orders' | 'records'>
  clock: Clock
  log: Log
  scope?: WorkScope | undefined
  consoleUrl?: string | undefined
  /** Whether this process listens on loopback alone, and no issuer is set: then who has the machine may sign in by a link. */
  takesLocalLinks: boolean
  /** Whether people sign in at an issuer: then its sign-in has the pages of a session. */
  hasIssuer: boolean
}

/**
 * Serves the ways in that need no issuer: pages with one button. Opening such a page does nothing, since mail programs and
 * chats open links by themselves; the button uses the link up.
 */
export function serveLinks(needs: LinkNeeds): Hono<{ Variables: Traced }> {
  const app = new Hono<{ Variables: Traced }>()
  app.use('/signin/*', traceRequests(needs.scope), secureAnswers())
  addLink(app, needs, { kind: 'link', mayCome: (c) => needs.takesLocalLinks && isPlainLoopback(c) })
  addLink(app, needs, { kind: 'break_glass', mayCome: () => true })
  if (!needs.hasIssuer) app.route('/', serveSessionPages(needs))
  app.onError((thrown, c) => sendUnavailable(c, thrown, needs.log))
  return app
}

type Way = { kind: LinkKind; mayCome(c: Context): boolean }

function addLink(app: Hono<{ Variables: Traced }>, needs: LinkNeeds, { kind, mayCome }: Way): void {
  const path = linkPaths[kind]
  const refuseOthers: MiddlewareHandler = async (c, next) => (mayCome(c) ? next() : c.notFound())
  app.get(path, refuseOthers, (c) =>
    sendPage(c, {
      status: 200,
      title: 'Sign in',
      lines: ['This link opens the hub once.', ...(kind === 'break_glass' ? [emergency] : [])],
      form: { action: path.replace(/^.*\//, ''), fields: { link: c.req.query('link') ?? '' }, button: 'Sign in' },
    }),
  )
  app.post(path, refuseOthers, limitTries(needs), boundForm, async (c) => {
    if (!isOwnRequest(c, needs)) return sendPage(c, foreign)
    // A body that is no form holds no link.
    const body = await c.req.parseBody().catch(() => null)
    const text = typeof body?.link === 'string' ? body.link : ''
    const session = await useLink(needs, { kind, text, requestId: c.get('traceId') })
    if (!session) return sendPage(c, spent)
    await endOwnSession(c, needs)
    setSessionCookie(c, session)
    needs.log.info({ session: session.id, way: kind }, 'Somebody signed in by a link')
    return sendPage(c, {
      status: 200,
      title: 'Signed in',
      lines: [`Until ${session.expiresAt} this browser may use the hub.`],
      links: [{ href: '/signin/done', text: 'Who I am here, and how I sign out' }],
    })
  })
}

const emergency = 'It is for an emergency: it makes you an operator for an hour, and others have been alerted.'

const foreign = { status: 403, title: 'Not from here', lines: ['Open the link itself, and use its button.'] } as const

const spent = {
  status: 410,
  title: 'This link opens nothing',
  lines: [
    'It was used, is older than ten minutes, or is not whole; or its person may not come in.',
    'Make a new one with "npm run hub -- console".',
  ],
} as const

const boundForm = bodyLimit({
  maxSize: 4096,
  onError: (c) => sendPage(c, { status: 400, title: 'Too long', lines: ['A link is shorter than that.'] }),
})
