import { Hono } from 'hono'
import { renderGroup, renderGroupRole } from './group.ts'
import type { GroupDirectory } from './group-directory.ts'
import { nextLink, pageOf } from './paging.ts'
import { renderUser } from './user.ts'

/** What the hub needs of the Groups API, below `/api/v1/groups` (Okta docs: Groups API; group role assignments). */
export function groupRoutes(options: { url: string; groups: GroupDirectory; pageSize?: number | undefined }): Hono {
  const { url, groups, pageSize } = options
  const routes = new Hono()

  routes.get('/:id', (c) => c.json(renderGroup(groups.get(c.req.param('id')), url)))

  routes.get('/:id/users', (c) => {
    const { items, next } = pageOf(groups.members(c.req.param('id')), c.req.query(), pageSize)
    c.header('link', nextLink(c.req.url, { url, next }))
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
