import { type Call, type Refusal, startServer } from '../http-server.ts'
import { createTokenBucket, type RateLimit } from '../token-bucket.ts'
import type { JsonObject } from '../values.ts'
import { createWeather, type Misbehaviour } from '../weather.ts'
import { type ActionStore, createActionStore } from './action-store.ts'
import { createAuth0App, setRateHeaders } from './app.ts'
import { Auth0Fault, renderFault, tooManyRequests } from './errors.ts'
import { createLoginPipeline, type LoginRecord } from './login.ts'
import { type Auth0Client, createManagementTokens, type ManagementTokens } from './management-tokens.ts'
import { type Auth0OrganizationSeed, createOrganizationStore, type OrganizationStore } from './organization-store.ts'
import { type Auth0RoleSeed, createRoleStore, type RoleStore } from './role-store.ts'
import { createSessionStore, type SessionStore } from './session-store.ts'
import type { Auth0Connection, Auth0UserSeed } from './user.ts'
import { createUserDirectory, type UserDirectory } from './user-directory.ts'

/** An Action that is there already: deployed, and bound to post-login in the order given. */
type Auth0ActionSeed = { name: string; code: string; secrets?: { name: string; value: string }[] }

export type Auth0TenantOptions = {
  port?: number
  /** Machine-to-machine applications; by default one that may do everything. */
  clients?: Auth0Client[]
  connections?: Auth0Connection[]
  users?: Auth0UserSeed[]
  actions?: Auth0ActionSeed[]
  roles?: Auth0RoleSeed[]
  organizations?: Auth0OrganizationSeed[]
  /** Lifetime of Management API tokens: a day at Auth0. */
  tokenSeconds?: number
  /** How far `GET /users` lags behind; Infinity: until `users.refreshSearchIndex()`. */
  searchLagMs?: number
  /** How much metadata one profile may hold: 10 KB by Auth0's docs, which do not say what more is answered; here a 400. */
  metadataBytes?: number
  /** Whether the plan has sessions and refresh tokens in API and Actions. */
  enterprise?: boolean
  rateLimit?: RateLimit
  /** How long one Action may take: 20 s at Auth0. */
  actionTimeoutMs?: number
}

export type Auth0Tenant = AsyncDisposable & {
  url: string
  port: number
  /** Host and port, as a hub would be configured with. */
  domain: string
  /** The first client's credentials. */
  client: Auth0Client
  calls: Call[]
  users: UserDirectory
  sessions: SessionStore
  roles: RoleStore
  organizations: OrganizationStore
  actions: ActionStore
  tokens: Pick<ManagementTokens, 'revoke'>
  /** Every attempt to log in, in order. */
  logins: LoginRecord[]
  /** Makes the API misbehave; returns how to end it. */
  misbehave: (rule: Misbehaviour) => () => void
  /** Ends all misbehaviour. */
  calm: () => void
  close: () => Promise<void>
}

/** May do everything, as an administrators' application. */
export const DEFAULT_CLIENT: Auth0Client = { clientId: 'simulated-client-id', clientSecret: 'simulated-client-secret' }
const DEFAULT_CONNECTIONS: Auth0Connection[] = [
  { name: 'Username-Password-Authentication', strategy: 'auth0' },
  { name: 'acme-okta', strategy: 'okta' },
  { name: 'google-oauth2', strategy: 'google-oauth2' },
]
const TOKEN_SECONDS = 86_400
const ACTION_TIMEOUT_MS = 20_000

/** Starts a simulated Auth0 tenant on 127.0.0.1: stateful, strict, and as fast or as bad as it is told to be. */
export async function startAuth0Tenant(options: Auth0TenantOptions = {}): Promise<Auth0Tenant> {
  const { enterprise = true, clients = [DEFAULT_CLIENT], connections = DEFAULT_CONNECTIONS } = options
  const weather = createWeather()
  const users = createUserDirectory({
    connections,
    searchLagMs: options.searchLagMs ?? 0,
    metadataBytes: options.metadataBytes ?? Number.POSITIVE_INFINITY,
  })
  const sessions = createSessionStore()
  const actions = createActionStore()
  const roles = createRoleStore()
  const organizations = createOrganizationStore(roles)
  const stores = { users, sessions, roles, organizations, actions }
  const actionTimeoutMs = options.actionTimeoutMs ?? ACTION_TIMEOUT_MS
  const logins = createLoginPipeline({ ...stores, enterprise, actionTimeoutMs })
  for (const seed of options.users ?? []) users.seed(seed)
  for (const seed of options.roles ?? []) roles.seed(seed)
  for (const seed of options.organizations ?? []) organizations.seed(seed)
  users.refreshSearchIndex()
  seedActions(actions, options.actions ?? [])

  const server = await startServer({
    port: options.port ?? 0,
    weather,
    build: (url) => {
      const tokens = createManagementTokens({ url, clients, tokenSeconds: options.tokenSeconds ?? TOKEN_SECONDS })
      const rateLimit = createTokenBucket(options.rateLimit)
      const app = createAuth0App({ ...stores, connections, logins, tokens, enterprise, rateLimit })
      return { tokens, handle: (request: Request) => app.fetch(request), refuse }
    },
    control: () => ({ lists: { logins: () => logins.records }, calm: weather.calm }),
  })
  const close = async () => {
    users.close()
    await server.close()
  }

  return {
    url: server.url,
    port: server.port,
    domain: new URL(server.url).host,
    client: clients[0] ?? DEFAULT_CLIENT,
    calls: server.calls,
    ...stores,
    tokens: server.tenant.tokens,
    logins: logins.records,
    misbehave: weather.misbehave,
    calm: weather.calm,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function seedActions(actions: ActionStore, seeds: Auth0ActionSeed[]): void {
  const trigger = { id: 'post-login', version: 'v3' }
  for (const seed of seeds) actions.create({ ...seed, supported_triggers: [trigger], deploy: true })
  const bindings = seeds.map(({ name }): JsonObject => ({ ref: { type: 'action_name', value: name } }))
  actions.bind(trigger.id, { bindings })
}

function refuse({ status, resetSeconds }: Refusal): Response {
  const fault =
    status === 429 ? tooManyRequests() : new Auth0Fault(status, 'The simulated tenant was told to refuse this')
  const response = renderFault(fault)
  const resetEpochSeconds = Math.ceil(Date.now() / 1000 + resetSeconds)
  setRateHeaders(response.headers, { limit: 50, remaining: status === 429 ? 0 : 49, resetEpochSeconds })
  return response
}
