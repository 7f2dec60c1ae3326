import type { DeprovisionContext, Look, TargetSight } from '../../src/index.ts'
import type { GitHubClient, Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { type Invitation, listPendingInvitations } from './invitations.ts'
import { writeLink } from './link.ts'
import { identifyHolders } from './login.ts'
import { type Membership, readMembership, readTeam, readTeamMembership } from './memberships.ts'
import { groupByOrganization, type OrganizationTargets } from './target.ts'

type Context = Pick<DeprovisionContext<GitHubClient, GitHubConfig, undefined>, 'client' | 'config' | 'signal'> &
  Pick<DeprovisionContext<GitHubClient, GitHubConfig, undefined>, 'request' | 'person'>

/**
 * Which of the targets asked for are there, and under which account. An invitation that is not answered yet is told from
 * access. "Not there" needs a known login, and an organization and team that can be seen: GitHub answers the same 404 for
 * a membership that does not exist, for a team that was renamed, and to a caller who may not look.
 */
export async function has(context: Context): Promise<Look> {
  const perOrganization = groupByOrganization(context.request.permissions).map(async (asked) => {
    const organization = await context.client.organization(asked.org, context.signal)
    const holders = await identifyHolders(organization, context)
    // This call also proves that the organization can be seen.
    const pending = await listPendingInvitations(organization, holders)
    return lookAt(organization, { asked, logins: holders.logins, pending })
  })
  const looks = await Promise.all(perOrganization)
  return { sights: looks.flatMap(({ sights }) => sights), links: looks.flatMap(({ links }) => links) }
}

type Question = { asked: OrganizationTargets; logins: readonly string[]; pending: readonly Invitation[] }

type Account = { login: string; membership: Membership | null }

async function lookAt(organization: Organization, { asked, logins, pending }: Question) {
  const { org, membership, teams } = asked
  const accounts = await Promise.all(
    logins.map(async (login) => ({ login, membership: await readMembership(organization, login) })),
  )
  const sights = await Promise.all([
    ...(membership ? [toSight(`org:${org}`, findOrganizationState(accounts, pending))] : []),
    ...teams.map(async (team) =>
      toSight(`team:${org}/${team}`, await findTeamState(organization, team, { accounts, pending })),
    ),
  ])
  const present = accounts.filter((account) => account.membership !== null)
  const links = present.map(({ login, membership: own }) => writeLink({ accountId: own?.user?.id ?? null, login }))
  return { sights, links }
}

type State = Exclude<TargetSight['state'], 'unknown'> | { unknown: string }

function toSight(target: string, state: State): TargetSight {
  return typeof state === 'string' ? { target, state } : { target, state: 'unknown', why: state.unknown }
}

function findOrganizationState(accounts: readonly Account[], pending: readonly Invitation[]): State {
  if (accounts.some(({ membership }) => membership?.state === 'active')) return 'had'
  if (pending.length > 0 || accounts.some(({ membership }) => membership !== null)) return 'invited'
  return accounts.length > 0 ? 'gone' : 'nobody'
}

type TeamQuestion = { accounts: readonly Account[]; pending: readonly Invitation[] }

async function findTeamState(organization: Organization, team: string, { accounts, pending }: TeamQuestion) {
  const found = await Promise.all(accounts.map(({ login }) => readTeamMembership(organization, team, login)))
  if (found.some((one) => one?.state === 'active')) return 'had'
  if (found.some((one) => one !== null) || pending.some(({ teams }) => teams.includes(team))) return 'invited'
  if (accounts.length === 0) return 'nobody'
  // Who is not in the organization is in none of its teams.
  const isInside = pending.length > 0 || accounts.some(({ membership }) => membership !== null)
  if (!isInside || (await readTeam(organization, team)) !== null) return 'gone'
  return {
    unknown: `There is no team ${organization.login}/${team}, or the credential may not see it: it may have been renamed.`,
  }
}
