import type { DeprovisionContext } from '../../src/index.ts'
import type { GitHubClient, Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { type Invitation, listPendingInvitations } from './invitations.ts'
import { identifyInvitee } from './login.ts'
import { readMembership, readTeamMembership } from './memberships.ts'
import { groupByOrganization, type OrganizationTargets } from './target.ts'

type Context = Pick<DeprovisionContext<GitHubClient, GitHubConfig, undefined>, 'client' | 'config' | 'signal'> &
  Pick<DeprovisionContext<GitHubClient, GitHubConfig, undefined>, 'request' | 'person'>

/** Which of the targets asked for are there, or can be accepted at any moment. */
export async function has(context: Context): Promise<string[]> {
  const perOrganization = groupByOrganization(context.request.permissions).map(async (asked) => {
    const organization = await context.client.organization(asked.org, context.signal)
    const invitee = await identifyInvitee(organization, context)
    const pending = await listPendingInvitations(organization, invitee)
    return findTargetsHad(organization, { asked, login: invitee.login, pending })
  })
  return (await Promise.all(perOrganization)).flat()
}

type Look = { asked: OrganizationTargets; login: string | null; pending: readonly Invitation[] }

async function findTargetsHad(organization: Organization, { asked, login, pending }: Look): Promise<string[]> {
  const { org, membership, teams } = asked
  const isMember = async () => pending.length > 0 || (login !== null && (await readMembership(organization, login)))
  const isInTeam = async (team: string) =>
    pending.some((invitation) => invitation.teams.includes(team)) ||
    (login !== null && (await readTeamMembership(organization, team, login)))
  const looked = await Promise.all([
    ...(membership ? [isMember().then((yes) => ({ target: `org:${org}`, yes }))] : []),
    ...teams.map((team) => isInTeam(team).then((yes) => ({ target: `team:${org}/${team}`, yes }))),
  ])
  return looked.filter(({ yes }) => yes).map(({ target }) => target)
}
