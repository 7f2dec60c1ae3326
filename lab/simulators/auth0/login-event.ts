import { clone, type JsonObject } from '../values.ts'
import type { Auth0Organization } from './organization-store.ts'
import type { Auth0User } from './user.ts'

export type LoginRequest = {
  mode: 'interactive' | 'silent' | 'refresh'
  clientId: string
  audience: string
  sessionId?: string
  refreshTokenId?: string
  organization?: Auth0Organization
  ip: string
  userAgent: string
}

const PROTOCOLS = {
  interactive: 'oidc-basic-profile',
  silent: 'oidc-basic-profile',
  refresh: 'oauth2-refresh-token',
}

/**
 * The `event` of the post-login trigger (Auth0 docs: post-login event object).
 *
 * There is no `user.blocked`, because a blocked user never gets here; most of `session` and `refresh_token` is for
 * Enterprise tenants only.
 */
export function buildLoginEvent(options: {
  user: Auth0User
  request: LoginRequest
  /** Names: those of the organization for a login through one, else the tenant-wide ones. */
  roles: string[]
  secrets: Record<string, string>
  enterprise: boolean
}): JsonObject {
  const { user, request, roles, secrets, enterprise } = options
  const { blocked: _, logins_count: loginsCount, ...profile } = clone(user)
  const [identity] = user.identities
  return {
    user: profile,
    client: { client_id: request.clientId, name: request.clientId, metadata: {} },
    connection: { name: identity?.connection, strategy: identity?.provider, metadata: {} },
    authentication: { methods: [{ name: methodName(identity?.provider), timestamp: new Date().toISOString() }] },
    authorization: { roles },
    ...(request.organization ? { organization: { ...request.organization, metadata: {} } } : {}),
    resource_server: { identifier: request.audience },
    request: {
      ip: request.ip,
      user_agent: request.userAgent,
      hostname: 'acme-demo.auth0.test',
      method: 'POST',
      language: 'en',
      query: {},
      body: {},
      geoip: {},
    },
    transaction: {
      protocol: PROTOCOLS[request.mode],
      ...(request.mode === 'silent' ? { prompt: ['none'] } : {}),
      acr_values: [],
      requested_scopes: ['openid', 'profile', 'email'],
    },
    stats: { logins_count: loginsCount },
    tenant: { id: 'acme-demo' },
    configuration: {},
    secrets,
    ...(enterprise && request.sessionId ? { session: { id: request.sessionId } } : {}),
    ...(enterprise && request.refreshTokenId ? { refresh_token: { id: request.refreshTokenId } } : {}),
  }
}

function methodName(provider: string | undefined): string {
  return provider === 'auth0' ? 'pwd' : 'federated'
}
