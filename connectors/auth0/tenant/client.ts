import type { ManagementClient } from 'auth0'
import { type ConnectContext, errorMessage, type Retry } from '../../../src/index.ts'
import { type AccessClient, makeAccessClient } from './access-client.ts'
import { type Auth0User, auth0UserFields, parseUser } from './auth0-user.ts'
import type { Auth0Config } from './config.ts'
import { abortOption, callAuth0, type Doing, isScopeRefusal, returnNullIfGone, statusOf, toHubError } from './errors.ts'
import { makeVendorFetch } from './vendor-fetch.ts'

/** The body of a PATCH of one user: it denies or allows, or notes when granted access ends. */
export type UserPatch = {
  app_metadata: Record<string, unknown>
  user_metadata?: Record<string, unknown>
  blocked?: boolean
}

/** Every call that the connector makes while the hub runs. Null and false mean: Auth0 has no such user. */
export type Auth0Client = AccessClient & {
  getUser(id: string): Promise<Auth0User | null>
  /** Ids only, because a search result may be older than the user (Auth0 docs: "User search best practices"). */
  findUserIdsByEmail(email: string): Promise<string[]>
  searchUserIds(query: string): Promise<string[]>
  /** Once the signal is aborted (the lane's lease is lost), no write goes out, even if it was waiting for a token. */
  patchUser(id: string, patch: UserPatch, signal?: AbortSignal): Promise<boolean>
  /** `refused`: Auth0's words when the tenant's plan does not include the feature. */
  revokeAccess(id: string, signal?: AbortSignal): Promise<'revoked' | 'no_user' | { refused: string }>
  /** Deletes the refresh tokens that the device-credentials endpoint lists; returns how many. */
  deleteRefreshTokens(id: string): Promise<number | { refused: string }>
}

const searchLimit = 100

/** Connects with Auth0's SDK, which uses one token for all calls and renews it before it expires. */
export async function connect({ config, fetch, retry }: ConnectContext<Auth0Config>): Promise<Auth0Client> {
  return makeAuth0Client(await makeManagementClient({ config, fetch }), retry)
}

type ManagementOptions = {
  config: Pick<Auth0Config, 'AUTH0_DOMAIN' | 'AUTH0_BASE_URL'> & Credentials
  fetch: typeof fetch
}
type Credentials = { AUTH0_CLIENT_ID: string; AUTH0_CLIENT_SECRET: string }

/**
 * Loads Auth0's SDK (0.25 s, so not at the start of the process) and makes its client. The SDK's own retries are off:
 * they repeat writes and may sleep for two minutes. The hub's schedule decides when to try again.
 */
export async function makeManagementClient({ config, fetch }: ManagementOptions): Promise<ManagementClient> {
  const { ManagementClient } = await import('auth0')
  return new ManagementClient({
    domain: config.AUTH0_DOMAIN,
    clientId: config.AUTH0_CLIENT_ID,
    clientSecret: config.AUTH0_CLIENT_SECRET,
    fetch: makeVendorFetch({ fetch, baseUrl: config.AUTH0_BASE_URL }),
    maxRetries: 0,
    telemetry: false,
    // The hub's fetch aborts calls earlier. The SDK's timer is not cleared when a call fails: a longer one would keep
    // the process from ending.
    timeoutInSeconds: 15,
  })
}

function makeAuth0Client(sdk: ManagementClient, retry: Retry): Auth0Client {
  const read = <T>(doing: Doing, call: () => Promise<T>) => retry(() => callAuth0(doing, call))
  return {
    ...makeAccessClient(sdk, retry),
    getUser: (id) =>
      read('read a user', async () => {
        const answer = await sdk.users
          .get(id, { fields: auth0UserFields, include_fields: true })
          .catch(returnNullIfGone)
        return answer === null ? null : parseUser(answer)
      }),
    findUserIdsByEmail: (email) =>
      read('search users', async () => {
        const users = await sdk.users.listUsersByEmail({ email, fields: 'user_id', include_fields: true })
        return idsOf(users)
      }),
    searchUserIds: (q) =>
      read('search users', async () => {
        // Without per_page the SDK asks for a second page even if the first one was not full.
        const page = { per_page: searchLimit, page: 0, include_totals: true } as const
        const users = await sdk.users.list({ q, search_engine: 'v3', fields: 'user_id', include_fields: true, ...page })
        // No person has this many users. If we went on with the first page, the others would stay open.
        if (users.data.length === searchLimit)
          throw new Error(`Auth0 found ${searchLimit} users or more for one person`)
        return idsOf(users.data)
      }),
    patchUser: (id, patch, signal) =>
      callAuth0('write a user', async () => {
        return (await sdk.users.update(id, patch, abortOption(signal)).catch(returnNullIfGone)) !== null
      }),
    revokeAccess: (id, signal) => callAuth0('revoke access', () => revokeAccess(sdk, id, signal)),
    deleteRefreshTokens: (id) => callAuth0('revoke access', () => deleteRefreshTokens(sdk, id)),
  }
}

type Revoked = Awaited<ReturnType<Auth0Client['revokeAccess']>>

async function revokeAccess(sdk: ManagementClient, id: string, signal?: AbortSignal): Promise<Revoked> {
  try {
    await sdk.users.revokeAccess(id, {}, abortOption(signal))
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
    for (const { id: token } of tokens.data)
      if (token) await sdk.deviceCredentials.delete(token).catch(returnNullIfGone)
    return tokens.data.length
  } catch (error) {
    // The fallback's scopes are optional. Without them the result says so, and the attempt does not fail.
    const status = statusOf(error)
    if (status === 403 || status === 404) return { refused: wordsOf(toHubError(error, 'revoke access')) }
    throw error
  }
}

function idsOf(users: { user_id?: string | undefined }[]): string[] {
  return users.map(({ user_id }) => user_id).filter((id) => id !== undefined)
}

function wordsOf(error: unknown): string {
  return errorMessage(error)
}
