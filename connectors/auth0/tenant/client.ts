import type { ManagementClient } from 'auth0'
import type { ConnectContext, Retry } from '../../../src/index.ts'
import { type AccessClient, accessClient } from './access-client.ts'
import { type Auth0User, auth0UserFields, parseUser } from './auth0-user.ts'
import type { Auth0Config } from './config.ts'
import { type Doing, inHubWords, isScopeRefusal, nullWhenGone, statusOf, toHubError, until } from './errors.ts'
import { vendorFetch } from './vendor-fetch.ts'

/** The body of the one PATCH that locks or opens a user, or notes what was granted. */
export type UserPatch = {
  app_metadata: Record<string, unknown>
  user_metadata?: Record<string, unknown>
  blocked?: boolean
}

/** What the connector does at Auth0, in its own words. Null and false mean: Auth0 has no such user. */
export type Auth0Client = AccessClient & {
  getUser(id: string): Promise<Auth0User | null>
  /** Ids only: search results may be older than the user (Auth0 docs: "User search best practices"). */
  userIdsByEmail(email: string): Promise<string[]>
  searchUserIds(query: string): Promise<string[]>
  /** The signal keeps a write from going out once the lane is lost, also when it waits for a token first. */
  patchUser(id: string, patch: UserPatch, signal?: AbortSignal): Promise<boolean>
  /** `refused` is Auth0's answer when the tenant's plan has no such feature. */
  revokeAccess(id: string, signal?: AbortSignal): Promise<'revoked' | 'no_user' | { refused: string }>
  /** Deletes the refresh tokens that the older endpoint lists, and says how many. */
  deleteRefreshTokens(id: string): Promise<number | { refused: string }>
}

const searchLimit = 100

/** Connects through Auth0's own SDK, which keeps one token for all calls and renews it before it ends. */
export async function connect({ config, fetch, retry }: ConnectContext<Auth0Config>): Promise<Auth0Client> {
  return auth0Client(await managementClient({ config, fetch }), retry)
}

type ManagementOptions = {
  config: Pick<Auth0Config, 'AUTH0_DOMAIN' | 'AUTH0_BASE_URL'> & Credentials
  fetch: typeof fetch
}
type Credentials = { AUTH0_CLIENT_ID: string; AUTH0_CLIENT_SECRET: string }

/**
 * Auth0's SDK, loaded only now: it costs a quarter of a second. Its own retries are off, because they repeat writes
 * and may sleep for two minutes; the hub's schedule owns them.
 */
export async function managementClient({ config, fetch }: ManagementOptions): Promise<ManagementClient> {
  const { ManagementClient } = await import('auth0')
  return new ManagementClient({
    domain: config.AUTH0_DOMAIN,
    clientId: config.AUTH0_CLIENT_ID,
    clientSecret: config.AUTH0_CLIENT_SECRET,
    fetch: vendorFetch({ fetch, baseUrl: config.AUTH0_BASE_URL }),
    maxRetries: 0,
    telemetry: false,
    // The hub's fetch ends calls earlier; the SDK's timer outlives a failed call and would keep a process alive for it.
    timeoutInSeconds: 15,
  })
}

function auth0Client(sdk: ManagementClient, retry: Retry): Auth0Client {
  const read = <T>(doing: Doing, call: () => Promise<T>) => retry(() => inHubWords(doing, call))
  return {
    ...accessClient(sdk, retry),
    getUser: (id) =>
      read('read a user', async () => {
        const answer = await sdk.users.get(id, { fields: auth0UserFields, include_fields: true }).catch(nullWhenGone)
        return answer === null ? null : parseUser(answer)
      }),
    userIdsByEmail: (email) =>
      read('search users', async () => {
        const users = await sdk.users.listUsersByEmail({ email, fields: 'user_id', include_fields: true })
        return idsOf(users)
      }),
    searchUserIds: (q) =>
      read('search users', async () => {
        // Without per_page the SDK asks for a second page even when the first was short.
        const page = { per_page: searchLimit, page: 0, include_totals: true } as const
        const users = await sdk.users.list({ q, search_engine: 'v3', fields: 'user_id', include_fields: true, ...page })
        // Nobody has that many accounts. Silence would leave some of them open.
        if (users.data.length === searchLimit)
          throw new Error(`Auth0 found ${searchLimit} users or more for one person`)
        return idsOf(users.data)
      }),
    patchUser: (id, patch, signal) =>
      inHubWords('write a user', async () => {
        return (await sdk.users.update(id, patch, until(signal)).catch(nullWhenGone)) !== null
      }),
    revokeAccess: (id, signal) => inHubWords('revoke access', () => revokeAccess(sdk, id, signal)),
    deleteRefreshTokens: (id) => inHubWords('revoke access', () => deleteRefreshTokens(sdk, id)),
  }
}

type Revoked = Awaited<ReturnType<Auth0Client['revokeAccess']>>

async function revokeAccess(sdk: ManagementClient, id: string, signal?: AbortSignal): Promise<Revoked> {
  try {
    await sdk.users.revokeAccess(id, {}, until(signal))
    return 'revoked'
  } catch (error) {
    if (statusOf(error) === 404) return 'no_user'
    if (statusOf(error) === 403 && !isScopeRefusal(error))
      return { refused: wordsOf(toHubError(error, 'revoke access')) }
    throw error
  }
}

async function deleteRefreshTokens(sdk: ManagementClient, id: string): Promise<number | { refused: string }> {
  const first = { user_id: id, type: 'refresh_token', per_page: 100, page: 0, include_totals: true } as const
  try {
    const tokens = await sdk.deviceCredentials.list(first)
    for (const { id: token } of tokens.data) if (token) await sdk.deviceCredentials.delete(token).catch(nullWhenGone)
    return tokens.data.length
  } catch (error) {
    // A fallback asks for no rights of its own: where it may not be used, that is said and no more.
    const status = statusOf(error)
    if (status === 403 || status === 404) return { refused: wordsOf(toHubError(error, 'revoke access')) }
    throw error
  }
}

function idsOf(users: { user_id?: string | undefined }[]): string[] {
  return users.map(({ user_id }) => user_id).filter((id) => id !== undefined)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
