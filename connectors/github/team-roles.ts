import { z } from 'zod'
import { ObjectRefusedError, PermanentError } from '../../src/index.ts'
import { parseAnswer, readAllPages } from './answers.ts'
import type { Organization } from './client.ts'
import { GitHubRefusal } from './errors.ts'

const roles = z.object({
  roles: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      base_role: z.string().nullish(),
      permissions: z.array(z.string()),
    }),
  ),
})

type Role = z.output<typeof roles>['roles'][number]

const team = z.object({ slug: z.string() })

/** Which teams carry an organization role that administers something; null: the credential may not look. */
type TeamRoles = ReadonlyMap<string, string> | null

/**
 * Reads which teams carry administrating roles, their own or a parent team's: a team that is
 * granted by one request must not make its new member an administrator of the organization.
 *
 * @see https://docs.github.com/en/rest/orgs/organization-roles
 */
export async function findAdministratingTeams({ login: org, request }: Organization): Promise<TeamRoles> {
  try {
    const { data } = await request('GET /orgs/{org}/organization-roles', { org })
    const found = new Map<string, string>()
    for (const { id, name } of parseAnswer(roles, data, 'list organization roles').roles.filter(administers)) {
      const teams = await readAllPages(
        (at) => request('GET /orgs/{org}/organization-roles/{role_id}/teams', { org, role_id: id, ...at }),
        { of: team, doing: 'list the teams of a role' },
      )
      // A team that cannot be made out may be the one that is asked for.
      if (teams.odd > 0) throw new Error(`GitHub's list of the teams with the role ${name} cannot be made out`)
      for (const { slug } of teams.items) found.set(slug, name)
    }
    return found
  } catch (error) {
    // Without the permission GitHub says 403 "not accessible" or 404, and an old Enterprise Server without roles 404 too.
    if (error instanceof ObjectRefusedError) return null
    if (error instanceof GitHubRefusal && (error.status === 403 || error.status === 404)) return null
    throw error
  }
}

/** @throws PermanentError when one of the teams administers, or the credential may not read its roles. */
export async function refuseAdministratingTeams(organization: Organization, teams: readonly string[]): Promise<void> {
  if (teams.length === 0) return
  const administrating = await findAdministratingTeams(organization)
  if (administrating === null) throw new PermanentError(explainUnreadableRoles(organization.login))
  for (const team of teams) {
    const role = administrating.get(team)
    if (role === undefined) continue
    throw new PermanentError(
      `The team ${organization.login}/${team} carries the organization role ${role}, which administers: the hub never gives such a team. Take it out of GITHUB_GRANTS.`,
    )
  }
}

export function explainUnreadableRoles(org: string): string {
  return `Which organization roles the teams of ${org} carry cannot be read: grant the hub's credential the organization permission "Custom organization roles: read". Until then no team is given`
}

/** Any permission beyond reading counts as administration, because GitHub's list of permissions is open and grows. */
function administers({ name, base_role: baseRole, permissions }: Role): boolean {
  if (baseRole === 'admin' || /admin|security_manager/i.test(name)) return true
  return permissions.some((permission) => !permission.startsWith('read_'))
}
