import { type Context, Hono } from 'hono'
import { Auth0Fault, invalidQuery } from './errors.ts'
import { insufficientScope, type ManagementTokens } from './management-tokens.ts'
import type { OrganizationStore } from './organization-store.ts'
import { offsetPage, projection, readBody } from './requests.ts'
import type { RoleStore } from './role-store.ts'
import type { SessionStore } from './session-store.ts'
import type { UserDirectory } from './user-directory.ts'

type Parts = {
  users: UserDirectory
  sessions: SessionStore
  roles: RoleStore
  organizations: OrganizationStore
  tokens: ManagementTokens
}

const SEARCH_LIMIT = 1000

/** Users and their search (Auth0 docs: Management API, users). */
export function userRoutes({ users, sessions, roles, organizations, tokens }: Parts): Hono {
  const routes = new Hono()

  routes.get('/users-by-email', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:users'])
    const email = c.req.query('email')
    if (!email) throw invalidQuery('Missing required property: email')
    return c.json(users.byEmail(email).map(projection(c)))
  })

  routes.get('/users', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:users', 'read:user_idp_tokens'])
    return answerSearch(c, users)
  })

  routes.post('/users', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['create:users'])
    return c.json(users.create(await readBody(c)), 201)
  })

  routes.get('/users/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:users', 'read:current_user', 'read:user_idp_tokens'])
    return c.json(projection(c)(users.get(c.req.param('id'))))
  })

  routes.patch('/users/:id', async (c) => {
    const holds = tokens.scopesOf(c.req.header('authorization'))
    const body = await readBody(c)
    const onlyAppMetadata = Object.keys(body).every((name) => name === 'app_metadata')
    const wanted = onlyAppMetadata ? ['update:users', 'update:users_app_metadata'] : ['update:users']
    if (!wanted.some(holds)) throw insufficientScope(wanted)
    return c.json(users.patch(c.req.param('id'), body))
  })

  routes.delete('/users/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['delete:users', 'delete:current_user'])
    const id = c.req.param('id')
    users.remove(id)
    roles.forget(id)
    organizations.forget(id)
    sessions.endAllOf(id)
    sessions.revokeRefreshTokens((token) => token.user_id === id)
    return c.body(null, 204)
  })

  return routes
}

function answerSearch(c: Context, users: UserDirectory): Response {
  const { page, perPage } = offsetPage(c, { perPage: 50 })
  if ((page + 1) * perPage > SEARCH_LIMIT) {
    throw new Auth0Fault(400, 'You can only page through the first 1000 records.', 'invalid_paging')
  }
  const found = users.search(c.req.query('q'))
  const shown = found.slice(page * perPage, (page + 1) * perPage).map(projection(c))
  if (c.req.query('include_totals') !== 'true') return c.json(shown)
  const total = Math.min(found.length, SEARCH_LIMIT)
  return c.json({ start: page * perPage, limit: perPage, length: shown.length, total, users: shown })
}
