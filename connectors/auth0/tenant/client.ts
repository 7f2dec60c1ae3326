import type { ManagementClient } from 'auth0'
import { type ConnectContext, isRecord, type Retry, type Tokens } from '../../../src/index.ts'
import { type AccessClient, makeAccessClient } from './access-client.ts'
import { type Auth0User, auth0UserFields, parseUser } from './auth0-user.ts'
import type { Auth0Config } from './config.ts'
import { abortOption, callAuth0, type Doing, returnNullIfAbsent, returnNullIfNoUser } from './errors.ts'
import { reuseToken } from './reuse-token.ts'
import { type DeletedTokens, deleteRefreshTokens, type Revoked, revokeAccess } from './revocation.ts'
import { makeVendorFetch } from './vendor-fetch.ts'
import { assertWhole } from './whole-list.ts'

/** The body of a PATCH of one user: it denies or allows, or notes when granted access ends. */
export type UserPatch = {
  app_metadata?: Record<string, unknown>
  user_metadata?: Record<string, unknown>
  blocked?: boolean
}

/** Every call that the connector makes while the hub runs. Null and false mean: Auth0 said that it has no such user. */
export type Auth0Client = AccessClient & {
  getUser(id: string): Promise<Auth0User | null>
  /** For an id that is only a guess: any 404 means that there is no such user to be seen. */
  guessUser(id: string): Promise<Auth0User | null>
  /** Reads whoever comes first: about the credential, not about a person. */
  readAnyUser(): Promise<unknown>
  /** Ids only, because a search result may be older than the user (Auth0 docs: "User search best practices"). */
  findUserIdsByEmail(email: string): Promise<string[]>
  searchUserIds(query: string): Promise<string[]>
  /** Once the signal is aborted (the lane's lease is lost), no write goes out, even if it was waiting for a token. */
  patchUser(id: string, patch: UserPatch, signal?: AbortSignal): Promise<boolean>
  revokeAccess(id: string, signal?: AbortSignal): Promise<Revoked>
  deleteRefreshTokens(id: string, signal?: AbortSignal): Promise<DeletedTokens>
}

const searchLimit = 100

/** Connects with Auth0's SDK, which uses one token for all calls and renews it before it expires. A kept one is its first. */
export async function connect({ config, fetch, retry, tokens }: ConnectContext<Auth0Config>): Promise<Auth0Client> {
  return makeAuth0Client(await makeManagementClient({ config, fetch, tokens }), retry)
}

type ManagementOptions = {
  config: Pick<Auth0Config, 'AUTH0_DOMAIN' | 'AUTH0_BASE_URL'> & Credentials
  fetch: typeof fetch
  /** Where its token outlives it; left out: it gets one of its own. */
  tokens?: Tokens
}
type Credentials = { AUTH0_CLIENT_ID: string; AUTH0_CLIENT_SECRET: string }

/**
 * Loads Auth0's SDK (0.25 s, so not at the start of the process) and makes its client. The SDK's own retries are off:
 * they repeat writes and may sleep for two minutes. The hub's schedule decides when to try again.
 */
export async function makeManagementClient({ config, fetch, tokens }: ManagementOptions): Promise<ManagementClient> {
  const { ManagementClient } = await import('auth0')
  const vendorFetch = makeVendorFetch({ fetch, baseUrl: config.AUTH0_BASE_URL })
  return new ManagementClient({
    domain: config.AUTH0_DOMAIN,
    clientId: config.AUTH0_CLIENT_ID,
    clientSecret: config.AUTH0_CLIENT_SECRET,
    fetch: tokens ? reuseToken({ fetch: vendorFetch, tokens }) : vendorFetch,
    maxRetries: 0,
    telemetry: false,
    // The hub's fetch aborts calls earlier. The SDK's timer is not cleared when a call fails: a longer one would keep
    // the process from ending.
    timeoutInSeconds: 15,
  })
}

function makeAuth0Client(sdk: ManagementClient, retry: Retry): Auth0Client {
  const read = <T>(doing: Doing, call: () => Promise<T>) => retry(() => callAuth0(doing, call))
  const readUser = (id: string) => sdk.users.get(id, { fields: auth0UserFields, include_fields: true })
  return {
    ...makeAccessClient(sdk, retry),
    getUser: (id) =>
      read('read a user', async () => {
        const answer = await readUser(id).catch(returnNullIfNoUser)
        return answer === null ? null : parseUser(answer)
      }),
    guessUser: (id) =>
      read('read a user', async () => {
        const answer = await readUser(id).catch(returnNullIfAbsent)
        return answer === null ? null : parseUser(answer)
      }),
    readAnyUser: () =>
      read('search users', async () => {
        const page = { per_page: 1, page: 0, include_totals: true } as const
        return (await sdk.users.list({ fields: 'user_id', include_fields: true, ...page })).data
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
        const found = assertWhole(users)
        // No person has this many users. If we went on with the first page, the others would stay open.
        if (found.length === searchLimit) throw new Error(`Auth0 found ${searchLimit} users or more for one person`)
        return idsOf(found)
      }),
    patchUser: (id, patch, signal) =>
      callAuth0('write a user', async () => {
        return (await sdk.users.update(id, patch, abortOption(signal)).catch(returnNullIfNoUser)) !== null
      }),
    revokeAccess: (id, signal) => callAuth0('revoke access', () => revokeAccess(sdk, id, signal)),
    deleteRefreshTokens: (id, signal) => callAuth0('revoke access', () => deleteRefreshTokens(sdk, id, signal)),
  }
}

/** An element without an id is left out: it must not hide the others. */
function idsOf(users: readonly unknown[]): string[] {
  return users.flatMap((user) => (isRecord(user) && typeof user.user_id === 'string' ? user.user_id : []))
}
