/** What may be granted: a role of the whole tenant, a membership, or a role within an organization. */
export type GrantTarget =
  | { kind: 'role'; role: string }
  | { kind: 'organization'; organization: string }
  | { kind: 'member_role'; organization: string; role: string }

/** Auth0's ids of roles begin with `rol_`, those of organizations with `org_` (Auth0 Management API: roles, organizations). */
export const grantTargetPattern = /^(?:role:rol_\w+|organization:org_\w+(?:\/role:rol_\w+)?)$/

/** Reads a target of the allow-list, whose form the configuration has checked. */
export function parseTarget(target: string): GrantTarget {
  const [, organization] = /^organization:(\w+)/.exec(target) ?? []
  const [, role] = /(?:^|\/)role:(\w+)$/.exec(target) ?? []
  if (organization !== undefined && role !== undefined) return { kind: 'member_role', organization, role }
  if (organization !== undefined) return { kind: 'organization', organization }
  if (role !== undefined) return { kind: 'role', role }
  throw new Error(`"${target}" is no target of the auth0 connector`)
}
