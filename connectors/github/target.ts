import type { Permission } from '../../src/index.ts'

/** `org:<login>` or `team:<org>/<slug>`, in lower case: GitHub ignores case, and the hub compares texts. */
export const targetPattern = /^(?:org:[a-z0-9][a-z0-9-]*|team:[a-z0-9][a-z0-9-]*\/[a-z0-9_][a-z0-9_-]*)$/

/** What is asked for in one organization: the membership itself, teams, or both. */
export type OrganizationTargets = { org: string; membership: boolean; teams: string[] }

/** Groups the targets of a request by organization: each has its own credential and its own linked logins. */
export function groupByOrganization(permissions: readonly Pick<Permission, 'target'>[]): OrganizationTargets[] {
  const asked = new Map<string, OrganizationTargets>()
  for (const { target } of permissions) {
    const [, org = '', team] = /^(?:org|team):([^/]+)(?:\/(.+))?$/.exec(target) ?? []
    if (!targetPattern.test(target)) throw new Error(`GitHub has no target ${target}`)
    const entry = asked.get(org) ?? { org, membership: false, teams: [] }
    asked.set(org, entry)
    if (team === undefined) entry.membership = true
    else if (!entry.teams.includes(team)) entry.teams.push(team)
  }
  return [...asked.values()]
}

/** Lists the targets as the allow-list spells them. */
export function listTargets({ org, membership, teams }: OrganizationTargets): string[] {
  return [...(membership ? [`org:${org}`] : []), ...teams.map((team) => `team:${org}/${team}`)]
}
