import { Hono } from 'hono'
import { invalidBody, invalidQuery } from './errors.ts'
import { makeSessionAuthorizer } from './management-tokens.ts'
import { cutCheckpointPage, makeProjection, readBody } from './requests.ts'
import type { Auth0RefreshToken } from './session-store.ts'
import type { TenantState } from './tenant-state.ts'

const ACCEPTED = 202

/** Refresh tokens, one user's or by id (Auth0 docs: manage refresh tokens with the Management API). */
export function createRefreshTokenRoutes({
  users,
  sessions,
  tokens,
  enterprise,
}: Pick<TenantState, 'users' | 'sessions' | 'tokens' | 'enterprise'>): Hono {
  const routes = new Hono()
  const authorize = makeSessionAuthorizer({ tokens, enterprise })

  routes.get('/users/:id/refresh-tokens', (c) => {
    authorize(c, ['read:refresh_tokens'])
    const { user_id: userId } = users.get(c.req.param('id'))
    const { items, next } = cutCheckpointPage(c, sessions.refreshTokens().filter(belongsTo(userId)))
    return c.json({ tokens: items, ...(next ? { next } : {}) })
  })
  routes.delete('/users/:id/refresh-tokens', (c) => {
    authorize(c, ['delete:refresh_tokens'])
    sessions.revokeRefreshTokens(belongsTo(users.get(c.req.param('id')).user_id))
    return c.body(null, ACCEPTED)
  })

  routes.get('/refresh-tokens', (c) => {
    authorize(c, ['read:refresh_tokens'])
    const userId = c.req.query('user_id')
    if (!userId) throw invalidQuery("Missing required 'user_id' parameter.")
    const clientId = c.req.query('client_id')
    const found = sessions
      .refreshTokens()
      .filter(belongsTo(users.get(userId).user_id))
      .filter((token) => clientId === undefined || token.client_id === clientId)
    const { items, next } = cutCheckpointPage(c, found)
    return c.json({ refresh_tokens: items.map(makeProjection(c)), ...(next ? { next } : {}) })
  })
  routes.post('/refresh-tokens/revoke', async (c) => {
    authorize(c, ['delete:refresh_tokens'])
    sessions.revokeRefreshTokens(parseBulkRevocation(await readBody(c)))
    return c.body(null, ACCEPTED)
  })
  routes.get('/refresh-tokens/:id', (c) => {
    authorize(c, ['read:refresh_tokens'])
    return c.json(sessions.getRefreshToken(c.req.param('id')))
  })
  routes.delete('/refresh-tokens/:id', (c) => {
    authorize(c, ['delete:refresh_tokens'])
    const id = c.req.param('id')
    sessions.revokeRefreshTokens((token) => token.id === id)
    return c.body(null, ACCEPTED)
  })

  return routes
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
