import { type Context, Hono } from 'hono'
import { Auth0Fault, invalidBody, invalidQuery } from './errors.ts'
import { type ManagementTokens, makeScopeFault } from './management-tokens.ts'
import { makeProjection, readBody, readPaging } from './requests.ts'
import type { TenantState } from './tenant-state.ts'
import type { UserDirectory } from './user-directory.ts'

const SEARCH_LIMIT = 1000

/** Users and their search (Auth0 docs: Management API, users). */
export function createUserRoutes({
  users,
  sessions,
  roles,
  organizations,
  tokens,
}: Omit<TenantState, 'actions' | 'enterprise'>): Hono {
  const routes = new Hono()

  routes.get('/users-by-email', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:users'])
    const email = c.req.query('email')
    if (!email) throw invalidQuery('Missing required property: email')
    return c.json(users.byEmail(email).map(makeProjection(c)))
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
    return c.json(makeProjection(c)(users.get(c.req.param('id'))))
  })

  routes.patch('/users/:id', async (c) => {
    const holds = tokens.scopesOf(c.req.header('authorization'))
    const body = await readBody(c)
    const onlyAppMetadata = Object.keys(body).every((name) => name === 'app_metadata')
    const wanted = onlyAppMetadata ? ['update:users', 'update:users_app_metadata'] : ['update:users']
    if (!wanted.some(holds)) throw makeScopeFault(wanted)
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
  const { page, perPage } = readPaging(c, { perPage: 50 })
  if ((page + 1) * perPage > SEARCH_LIMIT) {
    throw new Auth0Fault(400, 'You can only page through the first 1000 records.', 'invalid_paging')
  }
  const found = users.search(c.req.query('q'))
  const shown = found.slice(page * perPage, (page + 1) * perPage).map(makeProjection(c))
  if (c.req.query('include_totals') !== 'true') return c.json(shown)
  const total = Math.min(found.length, SEARCH_LIMIT)
  return c.json({ start: page * perPage, limit: perPage, length: shown.length, total, users: shown })
}

/** Linking accounts of one person and taking them apart again (Auth0 docs: link user accounts). */
export function createIdentityRoutes({ users, tokens }: { users: UserDirectory; tokens: ManagementTokens }): Hono {
  const routes = new Hono()

  routes.post('/users/:id/identities', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users'])
    const { provider, user_id: userId } = await readBody(c)
    if (typeof provider !== 'string' || typeof userId !== 'string') throw invalidBody('provider and user_id are needed')
    return c.json(users.link(c.req.param('id'), { provider, user_id: userId }), 201)
  })

  routes.delete('/users/:id/identities/:provider/:userId', (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users'])
    const { id, provider, userId } = c.req.param()
    return c.json(users.unlink(id, { provider, user_id: userId }))
  })

  return routes
}
