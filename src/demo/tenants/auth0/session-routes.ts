import { Hono } from 'hono'
import { Auth0Fault, invalidBody, invalidQuery } from './errors.ts'
import { insufficientScope, type ManagementTokens } from './management-tokens.ts'
import { checkpointPage, projection, readBody } from './requests.ts'
import type { Auth0RefreshToken, SessionStore } from './session-store.ts'
import type { UserDirectory } from './user-directory.ts'

type Parts = { users: UserDirectory; sessions: SessionStore; tokens: ManagementTokens; enterprise: boolean }

const ACCEPTED = 202

/**
 * Sessions, refresh tokens and revoke-access (Auth0 docs: Management API; manage user sessions).
 *
 * They belong to Enterprise plans. What another plan is answered is not documented: here it is a 403 that does not
 * speak of scopes.
 */
export function sessionRoutes({ users, sessions, tokens, enterprise }: Parts): Hono {
  const routes = new Hono()

  const authorize = (header: string | undefined, allOf: string[]) => {
    const holds = tokens.scopesOf(header)
    if (!allOf.every(holds)) throw insufficientScope(allOf)
    if (!enterprise) throw new Auth0Fault(403, 'This feature is not available on your plan.', 'feature_not_enabled')
  }
  const header = (c: { req: { header: (name: string) => string | undefined } }) => c.req.header('authorization')

  routes.post('/users/:id/revoke-access', async (c) => {
    authorize(header(c), ['delete:sessions', 'delete:refresh_tokens'])
    const options = parseRevocation(await readBody(c, { optional: true }))
    revokeAccess(sessions, { userId: c.req.param('id'), ...options })
    return c.body(null, ACCEPTED)
  })

  routes.get('/users/:id/sessions', (c) => {
    authorize(header(c), ['read:sessions'])
    const { user_id: userId } = users.get(c.req.param('id'))
    const { items, next } = checkpointPage(c, sessions.ofUser(userId))
    return c.json({ sessions: items, ...(next ? { next } : {}) })
  })
  routes.delete('/users/:id/sessions', (c) => {
    authorize(header(c), ['delete:sessions'])
    sessions.endAllOf(users.get(c.req.param('id')).user_id)
    return c.body(null, ACCEPTED)
  })
  routes.get('/users/:id/refresh-tokens', (c) => {
    authorize(header(c), ['read:refresh_tokens'])
    const { user_id: userId } = users.get(c.req.param('id'))
    const { items, next } = checkpointPage(c, sessions.refreshTokens().filter(belongsTo(userId)))
    return c.json({ tokens: items, ...(next ? { next } : {}) })
  })
  routes.delete('/users/:id/refresh-tokens', (c) => {
    authorize(header(c), ['delete:refresh_tokens'])
    sessions.revokeRefreshTokens(belongsTo(users.get(c.req.param('id')).user_id))
    return c.body(null, ACCEPTED)
  })

  routes.get('/sessions/:id', (c) => {
    authorize(header(c), ['read:sessions'])
    return c.json(sessions.get(c.req.param('id')))
  })
  routes.delete('/sessions/:id', (c) => {
    authorize(header(c), ['delete:sessions'])
    sessions.end(c.req.param('id'))
    return c.body(null, ACCEPTED)
  })
  routes.post('/sessions/:id/revoke', (c) => {
    authorize(header(c), ['delete:sessions', 'delete:refresh_tokens'])
    const { id } = sessions.get(c.req.param('id'))
    sessions.end(id)
    sessions.revokeRefreshTokens((token) => token.session_id === id)
    return c.body(null, ACCEPTED)
  })

  routes.get('/refresh-tokens', (c) => {
    authorize(header(c), ['read:refresh_tokens'])
    const userId = c.req.query('user_id')
    if (!userId) throw invalidQuery("Missing required 'user_id' parameter.")
    const clientId = c.req.query('client_id')
    const found = sessions
      .refreshTokens()
      .filter(belongsTo(users.get(userId).user_id))
      .filter((token) => clientId === undefined || token.client_id === clientId)
    const { items, next } = checkpointPage(c, found)
    return c.json({ refresh_tokens: items.map(projection(c)), ...(next ? { next } : {}) })
  })
  routes.post('/refresh-tokens/revoke', async (c) => {
    authorize(header(c), ['delete:refresh_tokens'])
    sessions.revokeRefreshTokens(parseBulkRevocation(await readBody(c)))
    return c.body(null, ACCEPTED)
  })
  routes.get('/refresh-tokens/:id', (c) => {
    authorize(header(c), ['read:refresh_tokens'])
    return c.json(sessions.getRefreshToken(c.req.param('id')))
  })
  routes.delete('/refresh-tokens/:id', (c) => {
    authorize(header(c), ['delete:refresh_tokens'])
    const id = c.req.param('id')
    sessions.revokeRefreshTokens((token) => token.id === id)
    return c.body(null, ACCEPTED)
  })

  return routes
}

type Revocation = { sessionId?: string; preserveRefreshTokens: boolean }

function parseRevocation(body: Record<string, unknown>): Revocation {
  const { session_id: sessionId, preserve_refresh_tokens: preserve, ...unknown } = body
  for (const name of Object.keys(unknown)) throw invalidBody(`Additional properties not allowed: ${name}`)
  if (preserve !== undefined && typeof preserve !== 'boolean')
    throw invalidBody('preserve_refresh_tokens: not a boolean')
  return { preserveRefreshTokens: preserve ?? false, ...(typeof sessionId === 'string' ? { sessionId } : {}) }
}

// No 404 is documented for an unknown user: like the other deletions, it is accepted and does nothing.
function revokeAccess(sessions: SessionStore, options: Revocation & { userId: string }): void {
  const { userId, sessionId, preserveRefreshTokens } = options
  const ended = sessions.ofUser(userId).filter(({ id }) => sessionId === undefined || id === sessionId)
  for (const { id } of ended) sessions.end(id)
  if (preserveRefreshTokens) return
  sessions.revokeRefreshTokens(
    (token) => token.user_id === userId && (sessionId === undefined || token.session_id === sessionId),
  )
}

function parseBulkRevocation(body: Record<string, unknown>): (token: Auth0RefreshToken) => boolean {
  const { ids, user_id: userId, client_id: clientId, audience } = body
  if (Array.isArray(ids)) return ({ id }) => ids.includes(id)
  if (typeof userId !== 'string') throw invalidBody('ids or user_id is needed')
  return (token) =>
    token.user_id === userId &&
    (clientId === undefined || token.client_id === clientId) &&
    (audience === undefined || token.resource_servers.some((server) => server.audience === audience))
}

const belongsTo = (userId: string) => (token: Auth0RefreshToken) => token.user_id === userId
