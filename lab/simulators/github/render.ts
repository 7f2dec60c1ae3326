import type { Account, Invitation, Organization, OrganizationRole, Team } from './directory.ts'

const LONG_AGO = '2024-03-01T09:00:00Z'

/** The shape `simple-user` of GitHub's OpenAPI document. */
function renderUser(url: string, { id, login }: Pick<Account, 'id' | 'login'>) {
  const own = `${url}/users/${login}`
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${own}/avatar`,
    gravatar_id: '',
    url: own,
    html_url: `https://github.com/${login}`,
    followers_url: `${own}/followers`,
    following_url: `${own}/following{/other_user}`,
    gists_url: `${own}/gists{/gist_id}`,
    starred_url: `${own}/starred{/owner}{/repo}`,
    subscriptions_url: `${own}/subscriptions`,
    organizations_url: `${own}/orgs`,
    repos_url: `${own}/repos`,
    events_url: `${own}/events{/privacy}`,
    received_events_url: `${own}/received_events`,
    type: 'User',
    site_admin: false,
  }
}

export function renderPublicUser(url: string, account: Account) {
  const counts = { public_repos: 0, public_gists: 0, followers: 0, following: 0 }
  const texts = { name: null, company: null, blog: null, location: null, hireable: null, bio: null }
  const email = account.publicEmail ?? null
  return {
    ...renderUser(url, account),
    user_view_type: 'public',
    ...texts,
    email,
    ...counts,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
  }
}

export function renderMembership(
  url: string,
  org: Organization,
  more: { account: Account; state: string; role: string },
) {
  const { account, state, role } = more
  const own = `${url}/orgs/${org.login}`
  return {
    url: `${own}/memberships/${account.login}`,
    state,
    role,
    organization_url: own,
    organization: {
      login: org.login,
      id: org.id,
      node_id: nodeId('Organization', org.id),
      url: own,
      repos_url: `${own}/repos`,
      events_url: `${own}/events`,
      hooks_url: `${own}/hooks`,
      issues_url: `${own}/issues`,
      members_url: `${own}/members{/member}`,
      public_members_url: `${own}/public_members{/member}`,
      avatar_url: `${own}/avatar`,
      description: '',
    },
    user: renderUser(url, account),
    permissions: { can_create_repository: true },
  }
}

export function renderTeamMembership(url: string, team: Team, more: { login: string; state: string; role: string }) {
  return { url: `${url}/teams/${team.id}/memberships/${more.login}`, role: more.role, state: more.state }
}

export function renderTeam(url: string, org: Organization, team: Team) {
  const parent = team.parent === null ? undefined : org.teams.get(team.parent)
  return { ...teamBasics(url, org, team), parent: parent ? teamBasics(url, org, parent) : null }
}

export function renderFullTeam(url: string, org: Organization, team: Team) {
  const own = `${url}/orgs/${org.login}`
  const counts = { members_count: team.members.size, repos_count: 0 }
  const organization = {
    ...renderMembership(url, org, {
      account: { id: 1, login: 'x', verifiedEmails: [] },
      state: 'active',
      role: 'member',
    }).organization,
    html_url: `https://github.com/${org.login}`,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    archived_at: null,
    type: 'Organization',
    url: own,
  }
  return { ...renderTeam(url, org, team), ...counts, created_at: LONG_AGO, updated_at: LONG_AGO, organization }
}

export function renderInvitation(url: string, org: Organization, invitation: Invitation) {
  const { id, login, email, role, teams } = invitation
  return {
    id,
    node_id: nodeId('OrganizationInvitation', id),
    login,
    email,
    role,
    created_at: LONG_AGO,
    inviter: renderUser(url, { id: 1, login: 'acme-owner' }),
    team_count: teams.length,
    invitation_teams_url: `${url}/organizations/${org.id}/invitations/${id}/teams`,
    invitation_source: 'member',
  }
}

export function renderRole({ id, name, base_role, permissions }: OrganizationRole) {
  const times = { created_at: LONG_AGO, updated_at: LONG_AGO }
  return { id, name, description: null, base_role, source: 'Organization', permissions, organization: null, ...times }
}

function teamBasics(url: string, org: Organization, { id, slug }: Team) {
  return {
    id,
    node_id: nodeId('Team', id),
    url: `${url}/organizations/${org.id}/team/${id}`,
    html_url: `https://github.com/orgs/${org.login}/teams/${slug}`,
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/organizations/${org.id}/team/${id}/members{/member}`,
    repositories_url: `${url}/organizations/${org.id}/team/${id}/repos`,
    type: 'organization',
  }
}

function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}${id}`).toString('base64')
}
