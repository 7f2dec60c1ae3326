import { type Context, Hono } from 'hono'
import type { RateReading, TokenBucket } from '../token-bucket.ts'
import { createActionRoutes, createTriggerRoutes } from './action-routes.ts'
import { createConnectionRoutes } from './connection-routes.ts'
import { createDeviceCredentialRoutes } from './device-credential-routes.ts'
import { Auth0Fault, OAuthFault, renderFault, tooManyRequests } from './errors.ts'
import { type Attempt, type LoginPipeline, readTokenRequest } from './login.ts'
import { createOrganizationRoutes } from './organization-routes.ts'
import { createRefreshTokenRoutes } from './refresh-token-routes.ts'
import { readBody } from './requests.ts'
import { createRoleRoutes } from './role-routes.ts'
import { createSessionRoutes } from './session-routes.ts'
import type { TenantState } from './tenant-state.ts'
import type { Auth0Connection } from './user.ts'
import { createIdentityRoutes, createUserRoutes } from './user-routes.ts'

type ServedTenant = TenantState & { logins: LoginPipeline; rateLimit: TokenBucket; connections: Auth0Connection[] }

/**
 * Auth0's HTTP surface: `/oauth/token`, the Management API under `/api/v2`, and `POST /login`.
 *
 * `/login` is not Auth0's: it stands for a browser that goes through Universal Login, and answers what that would end
 * in, with `actions_run` beside it to tell who decided, and the custom `claims` of both tokens, which are no real JWTs.
 */
export function createAuth0App(state: ServedTenant): Hono {
  const { logins, tokens, rateLimit } = state
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
  app.route('/api/v2', createUserRoutes(state))
  app.route('/api/v2', createIdentityRoutes(state))
  app.route('/api/v2', createSessionRoutes(state))
  app.route('/api/v2', createRefreshTokenRoutes(state))
  app.route('/api/v2', createDeviceCredentialRoutes(state))
  app.route('/api/v2', createConnectionRoutes(state))
  app.route('/api/v2', createRoleRoutes(state))
  app.route('/api/v2', createOrganizationRoutes(state))
  app.route('/api/v2/actions', createActionRoutes(state))
  app.route('/api/v2/actions', createTriggerRoutes(state))

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
