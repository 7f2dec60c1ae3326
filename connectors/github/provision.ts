import { errorMessage, foldEmail, PermanentError, type ProvisionContext, saysOf } from '../../src/index.ts'
import type { GitHubClient, Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { GitHubRefusal } from './errors.ts'
import { cancelInvitation, listPendingInvitations, refuseHigherRole, sendInvitation } from './invitations.ts'
import { identifyLogin } from './login.ts'
import { addMember, addToTeam, readMembership, readTeam, readTeamMembership, type Team } from './memberships.ts'
import { groupByOrganization, type OrganizationTargets } from './target.ts'
import { refuseAdministratingTeams } from './team-roles.ts'

type Context = Pick<
  ProvisionContext<GitHubClient, GitHubConfig, undefined>,
  'client' | 'config' | 'signal' | 'request' | 'person'
>

/**
 * Gives all that is asked for, always as a plain member. Whatever can be refused is refused before the first write, so
 * that a request is not left half done for a reason that was there from the start.
 */
export async function provision(context: Context): Promise<void> {
  const plans = []
  for (const asked of groupByOrganization(context.request.permissions)) plans.push(await prepareGrant(context, asked))
  for (const write of plans) await write()
}

async function prepareGrant(context: Context, asked: OrganizationTargets): Promise<() => Promise<void>> {
  const { client, config, signal } = context
  const organization = await client.organization(asked.org, signal)
  const teams = await Promise.all(asked.teams.map((slug) => readExistingTeam(organization, slug)))
  await refuseAdministratingTeams(organization, asked.teams)
  const { login } = await identifyLogin(organization, context)
  if (login !== null) return prepareByLogin(organization, asked, login)
  if (config.GITHUB_FIND_LOGIN.includes('invite')) return prepareInvitation(organization, context, teams)
  throw new PermanentError(
    `None of ${config.GITHUB_FIND_LOGIN.join(', ')} knows who ${context.request.subject.email} is at GitHub: add the e-mail to GITHUB_LOGINS, or have the person link the account by single sign-on`,
  )
}

async function readExistingTeam(organization: Organization, slug: string): Promise<Team> {
  const team = await readTeam(organization, slug)
  if (team) return team
  throw new PermanentError(
    `There is no team ${organization.login}/${slug}, or the credential may not see it: correct GITHUB_GRANTS`,
  )
}

async function prepareByLogin(organization: Organization, { membership, teams }: OrganizationTargets, login: string) {
  const present = await readMembership(organization, login)
  // An owner may be given a team. A pending owner or a billing manager is another administrator's open decision.
  const isOpen =
    present !== null && present.role !== 'member' && (present.role !== 'admin' || present.state === 'pending')
  if (isOpen)
    throw new PermanentError(
      `${login} is ${present.state} in ${organization.login} with the role ${present.role}: change that by hand first`,
    )
  return async () => {
    // An owner has what a member has: writing the role `member` would demote them.
    if (membership && present === null) await addMember(organization, login)
    for (const team of teams) {
      // A maintainer of the team would be demoted likewise.
      if (await readTeamMembership(organization, team, login)) continue
      await addToTeam(organization, team, login).catch((error) => {
        throw present === null && !membership ? explainTeamError(error, { login, org: organization.login }) : error
      })
    }
  }
}

async function prepareInvitation(organization: Organization, { request }: Context, teams: readonly Team[]) {
  const email = foldEmail(request.subject.email)
  const pending = await listPendingInvitations(organization, { logins: [], emails: [email] })
  refuseHigherRole(pending, organization.login)
  const invited = new Set(pending.flatMap((invitation) => invitation.teams))
  const missing = teams.filter(({ slug }) => !invited.has(slug))
  return async () => {
    if (pending.length > 0 && missing.length === 0) return
    // An invitation cannot be changed. The teams of the old one come along in the new one.
    const kept = [...invited].filter((slug) => !teams.some((team) => team.slug === slug))
    const earlier = await Promise.all(kept.map((slug) => readExistingTeam(organization, slug)))
    for (const invitation of pending) await cancelInvitation(organization, invitation)
    const teamIds = [...teams, ...earlier].map(({ id }) => id)
    await sendInvitation(organization, { email, teamIds }).catch((error) => {
      throw explainInvitationError(error, { email, org: organization.login })
    })
  }
}

/** A managed user (EMU) is invited to nothing: the organization comes first, and is another grant. */
function explainTeamError(error: unknown, { login, org }: { login: string; org: string }): unknown {
  if (!(error instanceof GitHubRefusal) || error.status !== 422) return error
  return new PermanentError(
    `${login} is no member of ${org}, and GitHub puts them into no team before: ask for the organization ${org} together with the team (${errorMessage(error)})`,
  )
}

/** GitHub's words are "A user with this email addresss is already a part of this organization" (422), typo included. */
function explainInvitationError(error: unknown, { email, org }: { email: string; org: string }): unknown {
  if (!(error instanceof GitHubRefusal) || !saysOf(error, /already a part/i)) return error
  return new PermanentError(
    `${email} is a member of ${org} already, and GitHub does not say under which login: add it to GITHUB_LOGINS`,
  )
}
