import type { ManagementClient } from 'auth0'
import { errorMessage, isRecord } from '../../../src/index.ts'
import { abortOption, isScopeRefusal, saysNoUser, statusOf, toHubError } from './errors.ts'

/** How many refresh tokens of each kind were deleted, how many are listed still, and what could not be looked at. */
export type DeletedTokens = { deleted: Record<TokenKind, number>; left: number; refused: string[] }

/**
 * `no_user`: Auth0's own words. `refused`: its words when the tenant lacks the feature, be it that the plan does not have
 * it, or that there is no such route.
 */
export type Revoked = 'revoked' | 'no_user' | { refused: string; lacks: 'plan' | 'route' }

/** The kinds of device credentials that are refresh tokens (Auth0 OpenAPI: DeviceCredentialTypeEnum). */
const tokenKinds = ['refresh_token', 'rotating_refresh_token'] as const

type TokenKind = (typeof tokenKinds)[number]

/**
 * Ends a user's sessions and refresh tokens. A 403 that names no scope, or a 404 that does not speak of the user, is a
 * feature that the tenant does not have: Auth0's OpenAPI document has no 404 for this call.
 */
export async function revokeAccess(sdk: ManagementClient, id: string, signal?: AbortSignal): Promise<Revoked> {
  try {
    await sdk.users.revokeAccess(id, {}, abortOption(signal))
    return 'revoked'
  } catch (error) {
    const status = statusOf(error)
    if (saysNoUser(error)) return 'no_user'
    if (status === 404) return { refused: describeRefusal(error), lacks: 'route' }
    if (status === 403 && !isScopeRefusal(error)) return { refused: describeRefusal(error), lacks: 'plan' }
    throw error
  }
}

/** Auth0 lists a thousand device credentials at most, a hundred a page. */
const mostPages = 10

/**
 * Deletes what the device-credentials endpoint lists as refresh tokens, of both kinds, and lists again until nothing new
 * is there. The scopes are optional: without them the result says so, and the attempt does not fail.
 */
export async function deleteRefreshTokens(
  sdk: ManagementClient,
  id: string,
  signal?: AbortSignal,
): Promise<DeletedTokens> {
  const result: DeletedTokens = { deleted: { refresh_token: 0, rotating_refresh_token: 0 }, left: 0, refused: [] }
  const tried = new Set<string>()
  for (const kind of tokenKinds) {
    try {
      await deleteKind(sdk, { id, kind, result, tried, signal })
    } catch (error) {
      const status = statusOf(error)
      if (status !== 403 && status !== 404) throw error
      result.refused.push(`${kind}: ${describeRefusal(error)}`)
    }
  }
  return result
}

type KindToDelete = {
  id: string
  kind: TokenKind
  result: DeletedTokens
  tried: Set<string>
  signal: AbortSignal | undefined
}

async function deleteKind(sdk: ManagementClient, { id, kind, result, tried, signal }: KindToDelete): Promise<void> {
  for (let page = 0; page <= mostPages; page++) {
    const listed = await listTokenIds(sdk, { id, kind, signal })
    const news = listed.filter((token) => !tried.has(token))
    if (news.length === 0 || page === mostPages) {
      result.left += listed.length
      return
    }
    for (const token of news) {
      tried.add(token)
      if (await deleteToken(sdk, token, signal)) result.deleted[kind]++
    }
  }
}

async function listTokenIds(
  sdk: ManagementClient,
  { id, kind, signal }: Pick<KindToDelete, 'id' | 'kind' | 'signal'>,
): Promise<string[]> {
  // Every list needs an object of its own, because the SDK counts the pages in it.
  const first = { user_id: id, type: kind, per_page: 100, page: 0, include_totals: true } as const
  const { data } = await sdk.deviceCredentials.list(first, abortOption(signal))
  const all: readonly unknown[] = data
  return all.flatMap((token) => (isRecord(token) && typeof token.id === 'string' ? token.id : []))
}

/** False for a 404: whether that token is gone is seen when they are listed again. */
async function deleteToken(sdk: ManagementClient, token: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sdk.deviceCredentials.delete(token, abortOption(signal))
    return true
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    return false
  }
}

function describeRefusal(error: unknown): string {
  return errorMessage(toHubError(error, 'revoke access'))
}
