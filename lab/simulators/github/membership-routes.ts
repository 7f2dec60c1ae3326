import { Hono } from 'hono'
import type { GitHubTenantState } from './credentials.ts'
import {
  findPending,
  findTeamRole,
  findTeamsWithRole,
  type Organization,
  removeMember,
  type Team,
} from './directory.ts'
import { renderFullTeam, renderMembership, renderRole, renderTeam, renderTeamMembership } from './render.ts'
import { cutPage, notFound, readBody } from './requests.ts'

/** Memberships of organizations and teams (docs: REST API, organization members and team members). */
export function createMembershipRoutes({ url, directory, credentials }: GitHubTenantState): Hono {
  const routes = new Hono()

  const membershipOf = (org: Organization, login: string) => {
    const account = directory.account(login)
    const member = org.members.get(login.toLowerCase())
    if (member) return renderMembership(url, org, { account, state: 'active', role: member.role })
    const pending = findPending(org, login)
    if (!pending) throw notFound()
    const role = pending.role === 'admin' ? 'admin' : 'member'
    return renderMembership(url, org, { account, state: 'pending', role })
  }

  routes.get('/orgs/:org/memberships/:login', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    return c.json(membershipOf(directory.organization(c.req.param('org')), c.req.param('login')))
  })
  routes.put('/orgs/:org/memberships/:login', async (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    const org = directory.organization(c.req.param('org'))
    const login = c.req.param('login')
    const { role } = await readBody(c)
    const member = org.members.get(login.toLowerCase())
    // As at GitHub, an owner becomes whatever is written: it is the connector that must not.
    if (member) member.role = role === 'admin' ? 'admin' : 'member'
    else directory.inviteLogin(org, login, [])
    return c.json(membershipOf(org, login))
  })
  routes.delete('/orgs/:org/memberships/:login', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    if (!removeMember(directory.organization(c.req.param('org')), c.req.param('login'))) throw notFound()
    return c.body(null, 204)
  })

  routes.get('/orgs/:org/teams/:slug', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    const org = directory.organization(c.req.param('org'))
    return c.json(renderFullTeam(url, org, teamOf(org, c.req.param('slug'))))
  })
  routes.get('/orgs/:org/teams/:slug/memberships/:login', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'read')
    const org = directory.organization(c.req.param('org'))
    return c.json(teamMembershipOf(url, org, { team: teamOf(org, c.req.param('slug')), login: c.req.param('login') }))
  })
  routes.put('/orgs/:org/teams/:slug/memberships/:login', async (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    const org = directory.organization(c.req.param('org'))
    const team = teamOf(org, c.req.param('slug'))
    const { login } = directory.account(c.req.param('login'))
    const { role } = await readBody(c)
    if (!org.members.has(login.toLowerCase())) directory.inviteLogin(org, login, [team.slug])
    else team.members.set(login.toLowerCase(), role === 'maintainer' ? 'maintainer' : 'member')
    return c.json(teamMembershipOf(url, org, { team, login }))
  })
  routes.delete('/orgs/:org/teams/:slug/memberships/:login', (c) => {
    credentials.authorize(c.req.header('authorization'), 'members', 'write')
    const org = directory.organization(c.req.param('org'))
    const team = teamOf(org, c.req.param('slug'))
    team.members.delete(c.req.param('login').toLowerCase())
    const pending = findPending(org, c.req.param('login'))
    if (pending) pending.teams = pending.teams.filter((slug) => slug !== team.slug)
    return c.body(null, 204)
  })
  return routes
}

function teamOf(org: Organization, slug: string): Team {
  const team = org.teams.get(slug)
  if (!team) throw notFound()
  return team
}

function teamMembershipOf(url: string, org: Organization, { team, login }: { team: Team; login: string }) {
  const role = findTeamRole(org, team.slug, login)
  // For an owner the role reads `maintainer` (docs: "Get team membership for a user").
  const shown = org.members.get(login.toLowerCase())?.role === 'admin' ? 'maintainer' : role
  if (shown && role) return renderTeamMembership(url, team, { login, state: 'active', role: shown })
  if (!findPending(org, login)?.teams.includes(team.slug)) throw notFound()
  return renderTeamMembership(url, team, { login, state: 'pending', role: 'member' })
}

/** Organization roles and the teams that carry them (docs: REST API, organization roles). */
export function createRoleRoutes({ url, directory, credentials }: GitHubTenantState): Hono {
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
    const teams = cutPage(c, findTeamsWithRole(org, role))
    return c.json(
      teams.map(({ team, direct }) => ({ ...renderTeam(url, org, team), assignment: direct ? 'direct' : 'indirect' })),
    )
  })
  return routes
}
