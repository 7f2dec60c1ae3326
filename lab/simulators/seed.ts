import { type Auth0Tenant, type Auth0TenantOptions, DEFAULT_CLIENT, startAuth0Tenant } from './auth0/server.ts'
import { type OktaTenant, type OktaTenantOptions, startOktaTenant } from './okta/server.ts'

/** Who is in the story: ids as the two vendors know them. */
export const CAST = {
  /** Lena Park, the person who leaves and comes back. */
  lena: {
    oktaId: '00uexampleLENAPARK01',
    email: 'lena.park@acme-demo.test',
    /** Logs in to Auth0 through Okta. */
    enterpriseUserId: 'okta|acme-okta|00uexampleLENAPARK01',
    /** An older database account of hers, which only the e-mail connects to her. */
    databaseUserId: 'auth0|665f1c2e8b1d4a0012lena01',
  },
  /** Another person, in both systems, to whom nothing must happen. */
  omar: {
    oktaId: '00uexampleOMARDIAZ01',
    email: 'omar.diaz@acme-demo.test',
    enterpriseUserId: 'okta|acme-okta|00uexampleOMARDIAZ01',
  },
  connections: { enterprise: 'acme-okta', database: 'Username-Password-Authentication' },
  /** What may be given and taken away, at both vendors. */
  access: {
    role: { id: 'rol_exampleBILLING01', name: 'Billing operator' },
    organization: { id: 'org_examplePARTNER01', name: 'partners' },
    group: { id: '00gexampleBILLING01', name: 'Billing operators' },
  },
  /** Okta's API tokens: of a super administrator, of one that may change groups and apps, and of one that may only read. */
  oktaTokens: {
    reading: '00simulated-okta-api-token',
    granting: '00simulated-okta-granting-token',
    hub: '00simulated-okta-token-of-the-hub',
  },
  /** An application of Auth0 with the scopes that docs/connect-auth0.md names for the hub, and no others. */
  hubClient: { clientId: 'simulated-hub-client-id', clientSecret: 'simulated-secret-of-the-hub-client' },
  /** The tenant's own Action, which must stay bound whatever is deployed beside it. */
  ownAction: 'count-logins',
} as const

export type Tenants = AsyncDisposable & { okta: OktaTenant; auth0: Auth0Tenant; close: () => Promise<void> }

const hubScopes = [
  ...['read:users', 'update:users', 'update:users_app_metadata', 'delete:sessions', 'delete:refresh_tokens'],
  ...[
    'read:actions',
    'read:connections',
    'read:roles',
    'read:role_members',
    'create:role_members',
    'delete:role_members',
  ],
  ...['read:organizations', 'read:organization_members', 'create:organization_members', 'delete:organization_members'],
  ...['read:organization_member_roles', 'create:organization_member_roles', 'delete:organization_member_roles'],
  ...['read:organization_invitations', 'read:resource_servers', 'read:logs'],
]

const OWN_ACTION_CODE = `
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://acme-demo.test/logins', event.stats.logins_count)
}
`

/**
 * Starts both tenants with the cast of the demo.
 *
 * Lena's e-mail has capitals in the enterprise user, as an identity provider may send it, and none in the database one,
 * as Auth0 stores it there: a comparison by letter misses one of the two.
 */
export async function startTenants(
  options: { okta?: OktaTenantOptions; auth0?: Auth0TenantOptions } = {},
): Promise<Tenants> {
  const okta = await startOktaTenant({
    users: oktaUsers(),
    groups: [CAST.access.group],
    tokens: oktaTokens(),
    ...options.okta,
  })
  const auth0 = await startAuth0Tenant({
    users: auth0Users(),
    roles: [CAST.access.role],
    organizations: [CAST.access.organization],
    actions: [{ name: CAST.ownAction, code: OWN_ACTION_CODE }],
    clients: [DEFAULT_CLIENT, { ...CAST.hubClient, scopes: hubScopes }],
    ...options.auth0,
  }).catch(async (error: unknown) => {
    await okta.close()
    throw error
  })
  const close = async () => {
    await Promise.all([okta.close(), auth0.close()])
  }
  return { okta, auth0, close, [Symbol.asyncDispose]: close }
}

function oktaTokens(): NonNullable<OktaTenantOptions['tokens']> {
  const { reading, granting, hub } = CAST.oktaTokens
  return [
    { value: reading },
    { value: granting, scopes: ['okta.groups.manage', 'okta.apps.manage', 'okta.roles.read'] },
    { value: hub, scopes: ['okta.users.read', 'okta.groups.read', 'okta.apps.read', 'okta.logs.read'] },
  ]
}

function oktaUsers(): NonNullable<OktaTenantOptions['users']> {
  const { lena, omar } = CAST
  return [
    { id: lena.oktaId, profile: { login: lena.email, email: lena.email, firstName: 'Lena', lastName: 'Park' } },
    { id: omar.oktaId, profile: { login: omar.email, email: omar.email, firstName: 'Omar', lastName: 'Diaz' } },
  ]
}

function auth0Users(): NonNullable<Auth0TenantOptions['users']> {
  const { lena, omar, connections } = CAST
  const databaseId = lena.databaseUserId.slice('auth0|'.length)
  return [
    {
      connection: connections.enterprise,
      id: lena.oktaId,
      email: 'Lena.Park@acme-demo.test',
      name: 'Lena Park',
      app_metadata: { plan: 'team' },
    },
    { connection: connections.database, id: databaseId, email: lena.email, email_verified: true, name: 'Lena Park' },
    { connection: connections.enterprise, id: omar.oktaId, email: omar.email, name: 'Omar Diaz' },
  ]
}
