import { Hono } from 'hono'
import { invalidQuery } from './errors.ts'
import { cutPage } from './requests.ts'
import type { Auth0RefreshToken } from './session-store.ts'
import type { TenantState } from './tenant-state.ts'

const kinds = ['public_key', 'refresh_token', 'rotating_refresh_token']

/** The older way to refresh tokens, on every plan (Auth0 docs: Management API, device credentials). */
export function createDeviceCredentialRoutes({ sessions, tokens }: Pick<TenantState, 'sessions' | 'tokens'>): Hono {
  const routes = new Hono()

  routes.get('/device-credentials', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:device_credentials'])
    const userId = c.req.query('user_id')
    const kind = c.req.query('type') ?? 'refresh_token'
    if (!kinds.includes(kind)) throw invalidQuery(`type: must be one of ${kinds.join(', ')}`)
    const items = sessions
      .refreshTokens()
      .filter((token) => userId === undefined || token.user_id === userId)
      .filter((token) => kindOf(token) === kind)
      .map((token) => ({ id: token.id, type: kind, user_id: token.user_id, client_id: token.client_id }))
    return c.json(cutPage(c, { name: 'device_credentials', items, perPage: 50 }))
  })

  // What an unknown id is answered is not documented: here it is accepted.
  routes.delete('/device-credentials/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:device_credentials'])
    const id = c.req.param('id')
    sessions.revokeRefreshTokens((token) => token.id === id)
    return c.body(null, 204)
  })

  return routes
}

function kindOf({ rotating }: Auth0RefreshToken): string {
  return rotating ? 'rotating_refresh_token' : 'refresh_token'
}
