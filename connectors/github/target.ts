import type { Permission } from '../../src/index.ts'

/** `org:<login>` or `team:<org>/<slug>`, in small letters: GitHub does not tell them apart, and the hub compares texts. */
export const targetPattern = /^(?:org:[a-z0-9][a-z0-9-]*|team:[a-z0-9][a-z0-9-]*\/[a-z0-9_][a-z0-9_-]*)$/

/** What is asked for in one organization: the membership itself, teams, or both. */
export type Asked = { org: string; membership: boolean; teams: string[] }

/** The targets of a request, by organization: each has its own credential, and its own way to tell a login. */
export function byOrganization(permissions: readonly Pick<Permission, 'target'>[]): Asked[] {
  const asked = new Map<string, Asked>()
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

/** The targets again, as the allow-list spells them. */
export function targetsOf({ org, membership, teams }: Asked): string[] {
  return [...(membership ? [`org:${org}`] : []), ...teams.map((team) => `team:${org}/${team}`)]
}
