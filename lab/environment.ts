import type { Auth0Tenant } from './simulators/auth0/server.ts'
import type { OktaTenant } from './simulators/okta/server.ts'
import { CAST } from './simulators/seed.ts'

/** What Okta's event hook sends in its `Authorization` header, and what the hub expects there. */
export const hookSecret = 'Bearer a-simulated-secret-that-opens-nothing-real'
const lumosSecret = 'a-simulated-lumos-secret-that-grants-nothing-real'
const signingSecret = 'a-simulated-signing-secret-that-grants-nothing-real'

type OktaAddress = Pick<OktaTenant, 'url' | 'token'>
type Auth0Address = Pick<Auth0Tenant, 'url' | 'domain' | 'client'>

/** Where a hub finds both tenants and how it logs in: plain data, so that it may come from another process. */
export type TenantAddresses = { okta: OktaAddress; auth0: Auth0Address }

/** The environment of a hub that works on the simulated tenants. Nothing may be granted in it. */
export function makeEnvironment({ okta, auth0 }: TenantAddresses): Record<string, string> {
  return { ...makeOktaEnvironment(okta), OKTA_HOOK_SECRETS: hookSecret, ...makeAuth0Environment(auth0) }
}

/** The settings with which the connector `okta` reads the simulated org. */
export function makeOktaEnvironment({ url, token }: OktaAddress): Record<string, string> {
  return { OKTA_ORG_URL: url, OKTA_API_TOKEN: token }
}

/** The settings with which the connector `auth0` works on the simulated tenant. */
export function makeAuth0Environment({ url, domain, client }: Auth0Address): Record<string, string> {
  return {
    AUTH0_DOMAIN: domain,
    AUTH0_BASE_URL: url,
    AUTH0_CLIENT_ID: client.clientId,
    AUTH0_CLIENT_SECRET: client.clientSecret,
    AUTH0_OKTA_CONNECTIONS: CAST.connections.enterprise,
  }
}

/**
 * What a hub has that is set up as the pages say: credentials that can do its work and no more, and somebody who hears
 * its alerts (its log, for want of a pager).
 */
export function makeCarefulEnvironment(): Record<string, string> {
  const { oktaTokens, hubClient } = CAST
  return {
    OKTA_API_TOKEN: oktaTokens.hub,
    AUTH0_CLIENT_ID: hubClient.clientId,
    AUTH0_CLIENT_SECRET: hubClient.clientSecret,
    PRINT: 'on',
    PRINT_EVENTS: 'hub.alert.*',
  }
}

/**
 * What lets a request platform grant access at both tenants. Hooks for Auth0 carry a secret in a header, hooks for Okta
 * are signed, because docs/connect-lumos.md shows both.
 */
export function makeGrantEnvironment(): Record<string, string> {
  const { role, organization, group } = CAST.access
  return {
    AUTH0_GRANTS: JSON.stringify({ crm: { billing: `role:${role.id}`, partners: `organization:${organization.id}` } }),
    OKTA_GRANTS: JSON.stringify({ crm: { billing: `group:${group.id}` } }),
    OKTA_GRANTS_API_TOKEN: CAST.oktaTokens.granting,
    LUMOS_HOOK_SECRETS: `auth0/provision:${lumosSecret},auth0/deprovision:${lumosSecret}`,
    LUMOS_SIGNING_SECRETS: `okta/provision:${signingSecret},okta/deprovision:${signingSecret}`,
  }
}

/** The credentials with which an administrator installs the event hook and the Action. */
export function makeAdminEnvironment({ okta, auth0 }: TenantAddresses): Record<string, string> {
  return {
    OKTA_ADMIN_TOKEN: okta.token,
    AUTH0_ADMIN_CLIENT_ID: auth0.client.clientId,
    AUTH0_ADMIN_CLIENT_SECRET: auth0.client.clientSecret,
  }
}

type HookWish = { url: string; types: readonly string[]; name?: string }

/** The body that creates an event hook at Okta: these types go to this address, with the secret above. */
export function makeEventHook({ url, types, name = 'hub' }: HookWish) {
  const authScheme = { type: 'HEADER', key: 'Authorization', value: hookSecret }
  return {
    name,
    events: { type: 'EVENT_TYPE', items: types },
    channel: { type: 'HTTP', version: '1.0.0', config: { uri: url, authScheme } },
  }
}

/** Creates an event hook at the simulated org, lets Okta verify its address, and returns its id. */
export async function registerEventHook({ hooks }: Pick<OktaTenant, 'hooks'>, wish: HookWish): Promise<string> {
  const { id } = hooks.create(makeEventHook(wish))
  await hooks.verify(id)
  return id
}
