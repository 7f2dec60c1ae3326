import { Hono } from 'hono'
import type { GitHubTenantState } from './credentials.ts'
import type { Organization } from './directory.ts'
import { renderInvitation, renderTeam } from './render.ts'
import { cutPage, GitHubFault, notFound, readBody } from './requests.ts'

/** Invitations to an organization (docs: REST API, organization members). */
export function createInvitationRoutes({ url, directory, credentials }: GitHubTenantState): Hono {
  const routes = new Hono()

  routes.get('/orgs/:org/invitations', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    const org = directory.organization(c.req.param('org'))
    return c.json(cutPage(c, org.invitations).map((one) => renderInvitation(url, org, one)))
  })
  routes.post('/orgs/:org/invitations', async (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    const org = directory.organization(c.req.param('org'))
    const { email, role = 'direct_member', team_ids: ids } = await readBody(c)
    if (typeof email !== 'string' || !email.includes('@')) throw new GitHubFault(422, 'Validation Failed')
    const teams = (Array.isArray(ids) ? ids : []).map((id) => slugOf(org, id))
    const invitation = directory.inviteEmail(org, email.toLowerCase(), { role: String(role), teams })
    return c.json(renderInvitation(url, org, invitation), 201)
  })
  routes.delete('/orgs/:org/invitations/:id', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    const org = directory.organization(c.req.param('org'))
    const found = org.invitations.find(({ id }) => id === Number(c.req.param('id')))
    if (!found) throw notFound()
    org.invitations = org.invitations.filter((one) => one !== found)
    return c.body(null, 204)
  })
  routes.get('/orgs/:org/invitations/:id/teams', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    const org = directory.organization(c.req.param('org'))
    const found = org.invitations.find(({ id }) => id === Number(c.req.param('id')))
    if (!found) throw notFound()
    const teams = found.teams.map((slug) => org.teams.get(slug)).filter((team) => team !== undefined)
    return c.json(cutPage(c, teams).map((team) => renderTeam(url, org, team)))
  })
  return routes
}

function slugOf({ teams }: Organization, id: unknown): string {
  const team = [...teams.values()].find((one) => one.id === id)
  if (!team) throw new GitHubFault(422, 'Validation Failed')
  return team.slug
}
