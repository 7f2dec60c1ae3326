import { type Context, Hono } from 'hono'
import type { RateReading, TokenBucket } from '../token-bucket.ts'
import { actionRoutes } from './action-routes.ts'
import type { ActionStore } from './action-store.ts'
import { Auth0Fault, OAuthFault, renderFault, tooManyRequests } from './errors.ts'
import { identityRoutes } from './identity-routes.ts'
import { type Attempt, type LoginPipeline, readTokenRequest } from './login.ts'
import type { ManagementTokens } from './management-tokens.ts'
import { organizationRoutes } from './organization-routes.ts'
import type { OrganizationStore } from './organization-store.ts'
import { refreshTokenRoutes } from './refresh-token-routes.ts'
import { readBody } from './requests.ts'
import { roleRoutes } from './role-routes.ts'
import type { RoleStore } from './role-store.ts'
import { sessionRoutes } from './session-routes.ts'
import type { SessionStore } from './session-store.ts'
import { triggerRoutes } from './trigger-routes.ts'
import type { UserDirectory } from './user-directory.ts'
import { userRoutes } from './user-routes.ts'

type Parts = {
  users: UserDirectory
  sessions: SessionStore
  roles: RoleStore
  organizations: OrganizationStore
  actions: ActionStore
  logins: LoginPipeline
  tokens: ManagementTokens
  enterprise: boolean
  rateLimit: TokenBucket
}

/**
 * Auth0's HTTP surface: `/oauth/token`, the Management API under `/api/v2`, and `POST /login`.
 *
 * `/login` is not Auth0's: it stands for a browser that goes through Universal Login, and answers what that would end
 * in, with `actions_run` beside it to tell who decided, and the custom `claims` of both tokens, which are no real JWTs.
 */
export function createAuth0App(parts: Parts): Hono {
  const { logins, tokens, rateLimit } = parts
  const app = new Hono()

  app.post('/oauth/token', async (c) => {
    const form = await readTokenRequest(c.req.raw)
    if (form.grant_type === 'client_credentials') return tokens.issue(form)
    if (form.grant_type !== 'refresh_token')
      throw new OAuthFault(403, 'unsupported_grant_type', 'Unsupported grant type')
    const attempt = await logins.refresh(form, callerOf(c))
    return 'fault' in attempt ? renderFault(attempt.fault) : Response.json(attempt.tokens)
  })

  app.post('/login', async (c) => {
    const body = await readBody(c)
    const enter = body.mode === 'silent' ? logins.silent : logins.interactive
    return answerLogin(await enter(body, callerOf(c)))
  })

  app.use('/api/v2/*', async (c, next) => {
    const reading = rateLimit.take()
    if (!reading.allowed) c.res = renderFault(tooManyRequests())
    else await next()
    setRateHeaders(c.res.headers, reading)
  })
  app.route('/api/v2', userRoutes(parts))
  app.route('/api/v2', identityRoutes(parts))
  app.route('/api/v2', sessionRoutes(parts))
  app.route('/api/v2', refreshTokenRoutes(parts))
  app.route('/api/v2', roleRoutes(parts))
  app.route('/api/v2', organizationRoutes(parts))
  app.route('/api/v2/actions', actionRoutes(parts))
  app.route('/api/v2/actions', triggerRoutes(parts))

  app.notFound(() => renderFault(new Auth0Fault(404, 'Not Found')))
  app.onError((error) => {
    const known = error instanceof Auth0Fault || error instanceof OAuthFault
    return renderFault(known ? error : new Auth0Fault(500, 'An internal server error occurred'))
  })
  return app
}

/** Sets the headers of the Management API's rate limit (Auth0 docs: rate limits); the reset is in epoch seconds. */
export function setRateHeaders(headers: Headers, reading: Omit<RateReading, 'allowed'>): void {
  headers.set('x-ratelimit-limit', String(reading.limit))
  headers.set('x-ratelimit-remaining', String(reading.remaining))
  headers.set('x-ratelimit-reset', String(reading.resetEpochSeconds))
}

function answerLogin(attempt: Attempt): Response {
  const evidence = { actions_run: attempt.record.actions, claims: attempt.record.claims }
  if ('tokens' in attempt) return Response.json({ ...attempt.tokens, ...evidence })
  const { status, error, message } = attempt.fault
  return Response.json({ error, error_description: message, ...evidence }, { status })
}

function callerOf(c: Context): { ip: string; userAgent: string } {
  return { ip: '127.0.0.1', userAgent: c.req.header('user-agent') ?? 'unknown' }
}
