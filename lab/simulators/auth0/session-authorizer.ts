import type { Context } from 'hono'
import { Auth0Fault } from './errors.ts'
import { insufficientScope, type ManagementTokens } from './management-tokens.ts'

/**
 * Guards the endpoints for sessions and refresh tokens: all the scopes are needed, and an Enterprise plan.
 *
 * What another plan is answered is not documented: here it is a 403 that does not speak of scopes.
 */
export function sessionAuthorizer({ tokens, enterprise }: { tokens: ManagementTokens; enterprise: boolean }) {
  return (c: Context, allOf: string[]): void => {
    const holds = tokens.scopesOf(c.req.header('authorization'))
    if (!allOf.every(holds)) throw insufficientScope(allOf)
    if (!enterprise) throw new Auth0Fault(403, 'This feature is not available on your plan.', 'feature_not_enabled')
  }
}
