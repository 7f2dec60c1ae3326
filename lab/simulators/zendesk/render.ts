import type { ZendeskRole, ZendeskUser } from './users.ts'

const LONG_AGO = '2024-03-01T09:00:00Z'

/** As an administrator or agent gets a user (docs: Users, JSON format). */
export function renderUser(url: string, user: ZendeskUser) {
  const { id, name, email, role, role_type, custom_role_id, active, suspended, shared } = user
  return {
    id,
    url: `${url}/api/v2/users/${id}.json`,
    name,
    email,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    time_zone: 'Berlin',
    iana_time_zone: 'Europe/Berlin',
    phone: null,
    shared_phone_number: null,
    photo: null,
    locale_id: 1,
    locale: 'en-US',
    organization_id: null,
    role,
    verified: true,
    external_id: null,
    tags: [],
    alias: null,
    active,
    shared,
    shared_agent: false,
    last_login_at: null,
    two_factor_auth_enabled: null,
    signature: null,
    details: null,
    notes: null,
    role_type,
    custom_role_id,
    moderator: false,
    ticket_restriction: role === 'end-user' ? 'requested' : null,
    only_private_comments: role_type === 1,
    restricted_agent: role !== 'admin',
    suspended,
    default_group_id: null,
    report_csv: false,
    user_fields: {},
  }
}

/** Docs: Custom Agent Roles, JSON format. */
export function renderRole({ id, name, role_type, configuration }: ZendeskRole) {
  return { id, name, description: '', role_type, created_at: LONG_AGO, updated_at: LONG_AGO, configuration }
}
