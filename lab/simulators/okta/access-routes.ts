import { Hono } from 'hono'
import { renderApplication, renderAppUser } from './application.ts'
import { OktaFault } from './errors.ts'
import { renderGroup, renderGroupRole } from './group.ts'
import { cutPage, readJsonBody, renderPageLinks } from './requests.ts'
import { renderUser } from './user.ts'
import type { OrgState } from './user-routes.ts'

/** What the hub needs of the Groups API, below `/api/v1/groups` (Okta docs: Groups API; group role assignments). */
export function createGroupRoutes({ url, groups, pageSize }: Omit<OrgState, 'users' | 'applications'>): Hono {
  const routes = new Hono()

  routes.get('/:id', (c) => c.json(renderGroup(groups.get(c.req.param('id')), url)))

  routes.get('/:id/users', (c) => {
    const { items, next } = cutPage(groups.members(c.req.param('id')), c.req.query(), pageSize)
    c.header('link', renderPageLinks(c.req.url, { url, next }))
    return c.json(items.map((user) => renderUser(user, url)))
  })

  routes.put('/:id/users/:userId', (c) => {
    groups.addMember(c.req.param('id'), c.req.param('userId'))
    return c.body(null, 204)
  })

  routes.delete('/:id/users/:userId', (c) => {
    groups.removeMember(c.req.param('id'), c.req.param('userId'))
    return c.body(null, 204)
  })

  routes.get('/:id/roles', (c) => {
    const group = groups.get(c.req.param('id'))
    return c.json(group.roles.map((type) => renderGroupRole(group, { type, url })))
  })

  return routes
}

/** What the hub needs of the Apps API, below `/api/v1/apps` (Okta docs: Applications API; Application Users API). */
export function createApplicationRoutes({ url, applications, pageSize }: Omit<OrgState, 'users' | 'groups'>): Hono {
  const routes = new Hono()

  routes.get('/:id', (c) => c.json(renderApplication(applications.get(c.req.param('id')), url)))

  routes.get('/:id/users', (c) => {
    const appId = c.req.param('id')
    const users = applications.users(appId).map((found) => ({ id: found.user.id, found }))
    const { items, next } = cutPage(users, c.req.query(), pageSize)
    c.header('link', renderPageLinks(c.req.url, { url, next }))
    return c.json(items.map(({ found }) => renderAppUser(found, { appId, url })))
  })

  routes.post('/:id/users', async (c) => {
    const appId = c.req.param('id')
    const { id } = await readJsonBody(c)
    if (typeof id !== 'string' || id === '')
      throw new OktaFault('E0000001', { detail: 'id', causes: ['id: is missing'] })
    return c.json(renderAppUser(applications.assign(appId, id), { appId, url }))
  })

  routes.get('/:id/users/:userId', (c) => {
    const { id: appId, userId } = c.req.param()
    return c.json(renderAppUser(applications.assignment(appId, userId), { appId, url }))
  })

  routes.delete('/:id/users/:userId', (c) => {
    const { id, userId } = c.req.param()
    applications.unassign(id, userId)
    return c.body(null, 204)
  })

  return routes
}
