import { type DeprovisionContext, PermanentError } from '../../src/index.ts'
import type { GitHubClient, Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { cancelInvitation, type Invitation, listPendingInvitations, refuseHigherRole } from './invitations.ts'
import { identifyHolders } from './login.ts'
import { readMembership, removeFromTeam, removeMember } from './memberships.ts'
import { groupByOrganization, type OrganizationTargets } from './target.ts'

type Context = Pick<
  DeprovisionContext<GitHubClient, GitHubConfig, undefined>,
  'client' | 'config' | 'signal' | 'log' | 'request' | 'person'
>

/** Takes away all that is asked for. Every organization is attempted, though another one refuses. */
export async function deprovision(context: Context): Promise<void> {
  const failures: unknown[] = []
  for (const asked of groupByOrganization(context.request.permissions)) {
    await takeAway(context, asked).catch((error) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

async function takeAway({ client, ...context }: Context, asked: OrganizationTargets): Promise<void> {
  const { config, log, request, signal } = context
  const organization = await client.organization(asked.org, signal)
  const holders = await identifyHolders(organization, context)
  const pending = await listPendingInvitations(organization, holders)
  for (const login of holders.logins) await refuseOwner(organization, login)
  const ended = pending.filter((invitation) => isAbout(invitation, asked))
  refuseHigherRole(ended, asked.org)

  for (const login of holders.logins) await removeLogin(organization, asked, login)
  for (const invitation of ended) {
    await cancelInvitation(organization, invitation)
    const others = invitation.teams.filter((team) => !asked.teams.includes(team))
    if (others.length > 0 && !asked.membership)
      log.warn(
        { organization: asked.org, teams: others },
        'An invitation was withdrawn as a whole, its other teams too',
      )
  }
  if (holders.logins.length > 0 || ended.length > 0) return
  if (config.GITHUB_FIND_LOGIN.includes('invite'))
    throw new PermanentError(explainUnknownPerson(request.subject.email, asked.org))
  // Whether the hub gave something to a login that is not known any more is on record: `has` says that nobody is known.
  log.info({ organization: asked.org }, 'Nobody at GitHub is known by this e-mail: there is nothing to take away')
}

async function removeLogin(
  organization: Organization,
  { membership, teams }: OrganizationTargets,
  login: string,
): Promise<void> {
  if (membership) return removeMember(organization, login)
  for (const team of teams) await removeFromTeam(organization, team, login)
}

/** An owner who is taken out of a team still reaches everything, so such a removal would remove no access. */
async function refuseOwner(organization: Organization, login: string): Promise<void> {
  const present = await readMembership(organization, login)
  if (present === null || present.role === 'member') return
  const role = present.role === 'admin' ? 'an owner' : `${present.role}`
  throw new PermanentError(
    `${login} is ${role} of ${organization.login}, and the hub did not make them one: take the role away by hand, then the rest goes on`,
  )
}

/** A pending invitation brings the membership and its teams, and can only be withdrawn as a whole. */
function isAbout({ teams }: Invitation, asked: OrganizationTargets): boolean {
  return asked.membership || teams.some((team) => asked.teams.includes(team))
}

function explainUnknownPerson(email: string, org: string): string {
  return `Nobody in ${org} can be told to be ${email}. An invitation that was accepted leaves no e-mail behind: look for the person by hand, and either add the login to GITHUB_LOGINS or end this work`
}
