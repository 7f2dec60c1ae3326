export type GroupType = 'OKTA_GROUP' | 'APP_GROUP' | 'BUILT_IN'

/** A group as the tenant keeps it; `renderGroup` makes what the API answers. */
export type OktaGroup = {
  id: string
  name: string
  type: GroupType
  created: string
  lastMembershipUpdated: string
  /** Types of the administrator roles that the group carries, such as `HELP_DESK_ADMIN`. */
  roles: string[]
}

const OBJECT_CLASS: Record<GroupType, string> = {
  OKTA_GROUP: 'okta:user_group',
  APP_GROUP: 'okta:windows_security_principal',
  BUILT_IN: 'okta:user_group',
}

/** The group object of the Groups API (Okta docs: Groups API, retrieve a group). */
export function renderGroup({ id, name, type, created, lastMembershipUpdated }: OktaGroup, url: string) {
  const here = `${url}/api/v1/groups/${id}`
  return {
    id,
    created,
    lastUpdated: created,
    lastMembershipUpdated,
    objectClass: [OBJECT_CLASS[type]],
    type,
    profile: { name, description: `${name}, simulated` },
    _links: { users: { href: `${here}/users` }, apps: { href: `${here}/apps` } },
  }
}

/** One role assignment of a group (Okta docs: group role assignments, list). */
export function renderGroupRole({ id, created }: OktaGroup, { type, url }: { type: string; url: string }) {
  return {
    id: `IFIF${type}`,
    label: type,
    type,
    status: 'ACTIVE',
    created,
    lastUpdated: created,
    assignmentType: 'GROUP',
    _links: { assignee: { href: `${url}/api/v1/groups/${id}` } },
  }
}
