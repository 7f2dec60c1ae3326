import { Hono } from 'hono'
import { invalidBody } from './errors.ts'
import { makeSessionAuthorizer } from './management-tokens.ts'
import { cutCheckpointPage, readBody } from './requests.ts'
import type { SessionStore } from './session-store.ts'
import type { TenantState } from './tenant-state.ts'

const ACCEPTED = 202

/** Sessions and revoke-access (Auth0 docs: Management API; manage user sessions). */
export function createSessionRoutes({
  users,
  sessions,
  tokens,
  enterprise,
}: Pick<TenantState, 'users' | 'sessions' | 'tokens' | 'enterprise'>): Hono {
  const routes = new Hono()
  const authorize = makeSessionAuthorizer({ tokens, enterprise })

  routes.post('/users/:id/revoke-access', async (c) => {
    authorize(c, ['delete:sessions', 'delete:refresh_tokens'])
    const options = parseRevocation(await readBody(c, { optional: true }))
    revokeAccess(sessions, { userId: c.req.param('id'), ...options })
    return c.body(null, ACCEPTED)
  })

  routes.get('/users/:id/sessions', (c) => {
    authorize(c, ['read:sessions'])
    const { user_id: userId } = users.get(c.req.param('id'))
    const { items, next } = cutCheckpointPage(c, sessions.ofUser(userId))
    return c.json({ sessions: items, ...(next ? { next } : {}) })
  })
  routes.delete('/users/:id/sessions', (c) => {
    authorize(c, ['delete:sessions'])
    sessions.endAllOf(users.get(c.req.param('id')).user_id)
    return c.body(null, ACCEPTED)
  })
  routes.get('/sessions/:id', (c) => {
    authorize(c, ['read:sessions'])
    return c.json(sessions.get(c.req.param('id')))
  })
  routes.delete('/sessions/:id', (c) => {
    authorize(c, ['delete:sessions'])
    sessions.end(c.req.param('id'))
    return c.body(null, ACCEPTED)
  })
  routes.post('/sessions/:id/revoke', (c) => {
    authorize(c, ['delete:sessions', 'delete:refresh_tokens'])
    const { id } = sessions.get(c.req.param('id'))
    sessions.end(id)
    sessions.revokeRefreshTokens((token) => token.session_id === id)
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

// No 404 is writeOrExplain for an unknown user: like the other deletions, it is accepted and does nothing.
function revokeAccess(sessions: SessionStore, options: Revocation & { userId: string }): void {
  const { userId, sessionId, preserveRefreshTokens } = options
  const ended = sessions.ofUser(userId).filter(({ id }) => sessionId === undefined || id === sessionId)
  for (const { id } of ended) sessions.end(id)
  if (preserveRefreshTokens) return
  sessions.revokeRefreshTokens(
    (token) => token.user_id === userId && (sessionId === undefined || token.session_id === sessionId),
  )
}
