import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'

/**
 * Whether the hub sets `blocked` on this user. Inbound SCIM sets and removes it on the users of its connection: two
 * writers of one field would undo each other, so that `AUTH0_BLOCK_OWNER` leaves it to one. That SCIM reaches a user to
 * whom its identity is only linked is not documented, so that the hub blocks such a user itself.
 */
export function hubBlocks(user: Auth0User, config: Auth0Config): boolean {
  if (!config.AUTH0_BLOCK) return false
  return config.AUTH0_BLOCK_OWNER === 'hub' || !isFedByScim(user, config)
}

function isFedByScim({ user_id: id, identities }: Auth0User, { AUTH0_OKTA_CONNECTIONS: fed }: Auth0Config): boolean {
  const primary = identities.find(({ provider, user_id }) => `${provider}|${user_id}` === id)
  return primary?.connection !== undefined && fed.includes(primary.connection)
}
