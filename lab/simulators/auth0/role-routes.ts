import { Hono } from 'hono'
import { makeScopeFault } from './management-tokens.ts'
import { cutPage, readBody, readIds } from './requests.ts'
import type { TenantState } from './tenant-state.ts'

const PER_PAGE = 50

/**
 * Roles and who holds them (Auth0 docs: Management API, roles; users' roles). Where the document's scopes and its text
 * of the 403 differ ("all of", "any of"), the text is followed.
 */
export function createRoleRoutes({ roles, users, tokens }: Pick<TenantState, 'roles' | 'users' | 'tokens'>): Hono {
  const routes = new Hono()

  routes.get('/roles', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:roles'])
    return c.json(cutPage(c, { name: 'roles', items: roles.list(), perPage: PER_PAGE }))
  })
  routes.get('/roles/:id', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:roles'])
    return c.json(roles.get(c.req.param('id')))
  })
  routes.get('/roles/:id/permissions', (c) => {
    tokens.authorize(c.req.header('authorization'), ['read:roles'])
    const items = roles.permissions(c.req.param('id')).map(({ api, name }) => ({
      resource_server_identifier: api,
      permission_name: name,
      resource_server_name: api,
      description: name,
    }))
    return c.json(cutPage(c, { name: 'permissions', items, perPage: PER_PAGE }))
  })

  routes.get('/users/:id/roles', (c) => {
    const allOf = ['read:users', 'read:roles', 'read:role_members']
    if (!allOf.every(tokens.scopesOf(c.req.header('authorization')))) throw makeScopeFault(allOf)
    const { user_id: userId } = users.get(c.req.param('id'))
    return c.json(cutPage(c, { name: 'roles', items: roles.ofUser(userId), perPage: PER_PAGE }))
  })
  routes.post('/users/:id/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users', 'create:role_members'])
    const { user_id: userId } = users.get(c.req.param('id'))
    roles.assign(userId, readIds(await readBody(c), 'roles'))
    return c.body(null, 204)
  })
  routes.delete('/users/:id/roles', async (c) => {
    tokens.authorize(c.req.header('authorization'), ['update:users', 'delete:role_members'])
    const { user_id: userId } = users.get(c.req.param('id'))
    roles.unassign(userId, readIds(await readBody(c), 'roles'))
    return c.body(null, 204)
  })

  return routes
}
