import { Hono } from 'hono'
import type { Credentials } from './credentials.ts'
import { type Directory, teamsWithRole } from './directory.ts'
import { notFound } from './errors.ts'
import { paged } from './paged.ts'
import { renderRole, renderTeam } from './render.ts'

type Parts = { url: string; directory: Directory; credentials: Credentials }

/** Organization roles and the teams that carry them (docs: REST API, organization roles). */
export function roleRoutes({ url, directory, credentials }: Parts): Hono {
  const routes = new Hono()
  routes.get('/orgs/:org/organization-roles', (c) => {
    credentials.authorize(c.req.header('authorization'), 'organization_custom_org_roles', 'read')
    const { roles } = directory.organization(c.req.param('org'))
    return c.json({ total_count: roles.length, roles: roles.map(renderRole) })
  })
  routes.get('/orgs/:org/organization-roles/:id/teams', (c) => {
    credentials.authorize(c.req.header('authorization'), 'organization_custom_org_roles', 'read')
    const org = directory.organization(c.req.param('org'))
    const role = org.roles.find(({ id }) => id === Number(c.req.param('id')))
    if (!role) throw notFound()
    const teams = paged(c, teamsWithRole(org, role))
    return c.json(
      teams.map(({ team, direct }) => ({ ...renderTeam(url, org, team), assignment: direct ? 'direct' : 'indirect' })),
    )
  })
  return routes
}
