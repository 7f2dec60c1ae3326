import { type JsonObject, randomId } from '../values.ts'

/** Where users come from: `auth0` is a database, `okta` an enterprise connection, anything else social. */
export type Auth0Connection = { name: string; strategy: string }

export type Auth0Identity = {
  connection: string
  provider: string
  user_id: string
  isSocial: boolean
  profileData?: JsonObject
}

/** A user as the Management API shows it; `blocked` is absent until it is set. */
export type Auth0User = {
  user_id: string
  email?: string
  email_verified: boolean
  name: string
  nickname: string
  picture: string
  identities: Auth0Identity[]
  app_metadata: JsonObject
  user_metadata: JsonObject
  blocked?: boolean
  created_at: string
  updated_at: string
  last_login?: string
  last_ip?: string
  logins_count: number
  [attribute: string]: unknown
}

export type Auth0UserSeed = {
  connection: string
  /** The id at the identity provider: an Okta user id for an Okta connection. */
  id?: string
  email?: string
  email_verified?: boolean
  name?: string
  blocked?: boolean
  app_metadata?: JsonObject
  user_metadata?: JsonObject
}

const SOCIAL = new Set(['google-oauth2', 'github', 'facebook', 'linkedin', 'twitter', 'apple', 'windowslive'])

/**
 * Makes a user the way Auth0 would.
 *
 * A database stores e-mails in lower case, other connections keep the identity provider's case; an enterprise user's id is
 * `<strategy>|<connection>|<id>` (Auth0 docs: get users by email; user search).
 */
export function createAuth0User(seed: Auth0UserSeed, connection: Auth0Connection): Auth0User {
  const { strategy, name: connectionName } = connection
  const isSocial = SOCIAL.has(strategy)
  const isDatabase = strategy === 'auth0'
  const id = seed.id ?? randomId('', 24).toLowerCase()
  const identityId = isDatabase || isSocial ? id : `${connectionName}|${id}`
  const email = isDatabase ? seed.email?.toLowerCase() : seed.email
  const at = new Date().toISOString()
  return {
    user_id: `${strategy}|${identityId}`,
    ...(email === undefined ? {} : { email }),
    email_verified: seed.email_verified ?? !isDatabase,
    name: seed.name ?? email ?? id,
    nickname: email?.split('@')[0] ?? id,
    picture: 'https://cdn.auth0.com/avatars/default.png',
    identities: [{ connection: connectionName, provider: strategy, user_id: identityId, isSocial }],
    app_metadata: seed.app_metadata ?? {},
    user_metadata: seed.user_metadata ?? {},
    ...(seed.blocked === undefined ? {} : { blocked: seed.blocked }),
    created_at: at,
    updated_at: at,
    logins_count: 0,
  }
}
