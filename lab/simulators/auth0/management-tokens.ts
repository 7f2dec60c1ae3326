import type { Context } from 'hono'
import { type JsonObject, randomId } from '../values.ts'
import { Auth0Fault, OAuthFault } from './errors.ts'

/** An application that may use the Management API; without scopes all of them are granted. */
export type Auth0Client = { clientId: string; clientSecret: string; scopes?: string[] }

export type ManagementTokens = {
  /** `grant_type=client_credentials`. */
  issue: (form: JsonObject) => Response
  /** Throws Auth0's 401 or 403 unless the token holds one of the scopes. */
  authorize: (header: string | undefined, anyOf: string[]) => void
  /** Tells which of these scopes the token holds. */
  scopesOf: (header: string | undefined) => (scope: string) => boolean
  /** Makes one token, or all of them, worthless before their time. */
  revoke: (token?: string) => void
}

const EVERYTHING = '*'

// The scopes a token lists when nothing was restricted: those this tenant has endpoints for.
const OFFERED =
  'read:users update:users create:users delete:users read:users_app_metadata update:users_app_metadata ' +
  'read:sessions delete:sessions read:refresh_tokens delete:refresh_tokens ' +
  'read:roles read:role_members create:role_members delete:role_members read:organizations ' +
  'read:organization_members create:organization_members delete:organization_members ' +
  'read:organization_member_roles create:organization_member_roles delete:organization_member_roles ' +
  'read:device_credentials delete:device_credentials read:connections ' +
  'read:actions create:actions update:actions delete:actions'

/** Access tokens for the Management API (Auth0 docs: Management API access tokens). */
export function createManagementTokens(options: {
  url: string
  clients: Auth0Client[]
  tokenSeconds: number
}): ManagementTokens {
  const issued = new Map<string, { scopes: string[]; expiresAt: number }>()
  const host = new URL(options.url).host

  const check = (header: string | undefined): string[] => {
    if (!header?.startsWith('Bearer ')) throw new Auth0Fault(401, 'Missing authentication', 'missing_authentication')
    const token = issued.get(header.slice('Bearer '.length))
    if (!token) throw new Auth0Fault(401, 'Invalid token', 'invalid_token')
    if (token.expiresAt > Date.now()) return token.scopes
    throw new Auth0Fault(401, 'Expired token received for JSON Web Token validation', 'invalid_token')
  }

  return {
    issue: (form) => {
      const client = options.clients.find(({ clientId }) => clientId === form.client_id)
      if (!client || client.clientSecret !== form.client_secret)
        throw new OAuthFault(401, 'access_denied', 'Unauthorized')
      if (!isAudience(form.audience, host)) {
        throw new OAuthFault(403, 'access_denied', `Service not enabled within domain: ${String(form.audience)}`)
      }
      const token = randomId('eyJ', 120)
      issued.set(token, {
        scopes: client.scopes ?? [EVERYTHING],
        expiresAt: Date.now() + options.tokenSeconds * 1000,
      })
      const scope = client.scopes?.join(' ') ?? OFFERED
      return Response.json({ access_token: token, scope, expires_in: options.tokenSeconds, token_type: 'Bearer' })
    },
    authorize: (header, anyOf) => {
      const held = check(header)
      if (held.includes(EVERYTHING) || anyOf.some((scope) => held.includes(scope))) return
      throw makeScopeFault(anyOf)
    },
    scopesOf: (header) => {
      const held = check(header)
      return (scope) => held.includes(EVERYTHING) || held.includes(scope)
    },
    revoke: (token) => {
      if (token === undefined) issued.clear()
      else issued.delete(token)
    },
  }
}

export function makeScopeFault(anyOf: string[]): Auth0Fault {
  return new Auth0Fault(403, `Insufficient scope, expected any of: ${anyOf.join(',')}`, 'insufficient_scope')
}

function isAudience(audience: unknown, host: string): boolean {
  if (typeof audience !== 'string' || !URL.canParse(audience)) return false
  const url = new URL(audience)
  return url.host === host && url.pathname === '/api/v2/'
}

/**
 * Guards the endpoints for sessions and refresh tokens: all the scopes are needed, and an Enterprise plan.
 *
 * What another plan is answered is not documented: here it is a 403 that does not speak of scopes.
 */
export function makeSessionAuthorizer({ tokens, enterprise }: { tokens: ManagementTokens; enterprise: boolean }) {
  return (c: Context, allOf: string[]): void => {
    const holds = tokens.scopesOf(c.req.header('authorization'))
    if (!allOf.every(holds)) throw makeScopeFault(allOf)
    if (!enterprise) throw new Auth0Fault(403, 'This feature is not available on your plan.', 'feature_not_enabled')
  }
}
