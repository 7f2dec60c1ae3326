import {
  adviseOnFailure,
  CredentialError,
  type DoctorCheck,
  type DoctorContext,
  errorMessage,
  listTargets,
  ObjectRefusedError,
} from '../../src/index.ts'
import type { GitHubClient, Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { listPendingInvitations } from './invitations.ts'
import { readTeam } from './memberships.ts'
import { groupByOrganization } from './target.ts'
import { explainUnreadableRoles, findAdministratingTeams } from './team-roles.ts'

type Context = Pick<DoctorContext<GitHubClient, GitHubConfig>, 'client' | 'config'>

const wayIn =
  'Check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, and the organization permission Members: read and write.'

/** Checks whether the hub can do its work at GitHub, and says how to correct what is wrong. Writes nothing. */
export async function doctor({ client, config }: Context): Promise<DoctorCheck[]> {
  const targets = listTargets(config.GITHUB_GRANTS)
  if (targets.length === 0) return [nothingGranted, ...checkLoginWays(config)]
  const asked = groupByOrganization(targets.map((target) => ({ target })))
  const checks = await Promise.all(asked.map(({ org, teams }) => checkOrganization(client, { org, teams })))
  return [...checks.flat(), ...checkLoginWays(config)]
}

const nothingGranted: DoctorCheck = {
  name: 'GitHub grants',
  status: 'warning',
  detail: 'Nothing may be granted, and no credential was tried.',
  fix: 'Set GITHUB_GRANTS.',
}

async function checkOrganization(client: GitHubClient, { org, teams }: { org: string; teams: string[] }) {
  const name = `GitHub ${org}`
  try {
    const organization = await client.organization(org, new AbortController().signal)
    // Only a credential that sees the members' side of an organization may list this.
    await listPendingInvitations(organization, { logins: [], emails: [] })
    const detail = 'The credential is accepted and sees memberships; that it may change them shows at the first grant.'
    const checks = await Promise.all([checkTeams(organization, teams), checkTeamRoles(organization, teams)])
    return [{ name, status: 'ok', detail } satisfies DoctorCheck, ...checks.flat()]
  } catch (error) {
    const detail = errorMessage(error)
    const status =
      error instanceof CredentialError || error instanceof ObjectRefusedError || isRefusal(error)
        ? 'problem'
        : 'warning'
    const fix = adviseOnFailure(error, { vendor: 'GitHub', refused: wayIn })
    return [{ name, status, detail, fix } satisfies DoctorCheck]
  }
}

async function checkTeams(organization: Organization, teams: readonly string[]): Promise<DoctorCheck[]> {
  const found = await Promise.all(teams.map((slug) => readTeam(organization, slug)))
  return teams.map((slug, at): DoctorCheck => {
    const name = `GitHub team ${organization.login}/${slug}`
    if (found[at]) return { name, status: 'ok', detail: 'It is there.' }
    return { name, status: 'problem', detail: 'It is not there, or not to be seen.', fix: 'Correct GITHUB_GRANTS.' }
  })
}

async function checkTeamRoles(organization: Organization, teams: readonly string[]): Promise<DoctorCheck[]> {
  const name = `GitHub team roles in ${organization.login}`
  if (teams.length === 0) return []
  const administrating = await findAdministratingTeams(organization)
  if (administrating === null)
    return [
      {
        name,
        status: 'problem',
        detail: 'No team can be given.',
        fix: `${explainUnreadableRoles(organization.login)}.`,
      },
    ]
  const refused = teams.filter((team) => administrating.has(team))
  if (refused.length === 0) return [{ name, status: 'ok', detail: 'None of the teams administers.' }]
  const detail = `Refused, because they administer: ${refused.map((team) => `${team} (${administrating.get(team)})`).join(', ')}.`
  return [{ name, status: 'problem', detail, fix: 'Take them out of GITHUB_GRANTS.' }]
}

function checkLoginWays({ GITHUB_FIND_LOGIN: ways, GITHUB_LOGINS: logins }: GitHubConfig): DoctorCheck[] {
  const name = 'GitHub logins'
  if (ways.includes('invite') && !ways.some((way) => way === 'saml' || way === 'verified_email')) {
    const detail = 'Once an invitation is accepted, nothing but GITHUB_LOGINS tells whose membership it became.'
    const fix = 'Put saml or verified_email before invite in GITHUB_FIND_LOGIN, or keep GITHUB_LOGINS complete.'
    return [{ name, status: 'warning', detail, fix }]
  }
  const byName = Object.values(logins).filter((login) => typeof login === 'string').length
  if (byName === 0 || !ways.includes('map'))
    return [{ name, status: 'ok', detail: `Told by ${ways.join(', ')}, in this order.` }]
  const detail = `${byName} of GITHUB_LOGINS are names, which can be given up and taken by somebody else.`
  return [{ name, status: 'warning', detail, fix: 'Use account ids: gh api users/<login> --jq .id' }]
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'PermanentError'
}
