import { Hono } from 'hono'
import { renderApplication, renderAppUser } from './application.ts'
import type { ApplicationDirectory } from './application-directory.ts'
import { OktaFault } from './errors.ts'
import { nextLink, pageOf } from './paging.ts'
import { readJsonBody } from './request-body.ts'

type Parts = { url: string; applications: ApplicationDirectory; pageSize?: number | undefined }

/** What the hub needs of the Apps API, below `/api/v1/apps` (Okta docs: Applications API; Application Users API). */
export function applicationRoutes({ url, applications, pageSize }: Parts): Hono {
  const routes = new Hono()

  routes.get('/:id', (c) => c.json(renderApplication(applications.get(c.req.param('id')), url)))

  routes.get('/:id/users', (c) => {
    const appId = c.req.param('id')
    const users = applications.users(appId).map((found) => ({ id: found.user.id, found }))
    const { items, next } = pageOf(users, c.req.query(), pageSize)
    c.header('link', nextLink(c.req.url, { url, next }))
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
