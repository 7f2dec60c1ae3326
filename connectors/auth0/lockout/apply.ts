import { z } from 'zod'
import type { Applied, ApplyContext, Change } from '../../../src/index.ts'
import { errorMessage, PermanentError } from '../../../src/index.ts'
import type { Auth0Client, UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import type { DeletedTokens } from '../tenant/revocation.ts'

/** An empty metadata object would delete all of it (Auth0 docs: "Manage metadata with the Management API"). */
const filled = z.record(z.string(), z.unknown()).refine((object) => Object.keys(object).length > 0)

const patchBody = z.strictObject({
  app_metadata: filled.refine((object) => Object.values(object).every((value) => filled.safeParse(value).success)),
  user_metadata: filled.optional(),
  blocked: z.boolean().optional(),
})

type Apply = ApplyContext<Auth0Client, Auth0Config>

/** Carries out one planned change. It reads nothing, so that a repetition after a crash writes the same again. */
export async function apply({
  change,
  client,
  signal,
}: Pick<Apply, 'change' | 'client'> & Partial<Pick<Apply, 'signal'>>): Promise<Applied> {
  switch (change.action) {
    case 'deny':
    case 'allow':
      return patchUser(client, change, signal)
    case 'revoke_access':
      return revokeAccess(client, change.target, signal)
    case 'look_again':
      throw new Error(change.summary)
    default:
      throw new PermanentError(`The auth0 connector has no action "${change.action}"`)
  }
}

const noUser = { note: 'Auth0 has no such user any more' }

async function patchUser(client: Auth0Client, change: Change, signal?: AbortSignal): Promise<Applied> {
  const { target, after, action } = change
  const parsed = patchBody.safeParse(after)
  if (!parsed.success) throw new PermanentError(`Refused to send ${target} a patch that could wipe its metadata`)
  const patch = toUserPatch(parsed.data)
  try {
    return (await client.patchUser(target, patch, signal)) ? undefined : noUser
  } catch (error) {
    if (action !== 'deny' || !(error instanceof PermanentError)) throw error
    return patchVitalPart(client, { target, patch, signal, refusal: errorMessage(error) })
  }
}

type Refused = { target: string; patch: UserPatch; signal: AbortSignal | undefined; refusal: string }

/**
 * Auth0 refused the whole of a denial, because the profile has no room for the metadata, for instance. The block does
 * not fall with the flag, nor the flag with the mirror: each is sent without what is less important. If the flag alone
 * is what is left to write, nothing is sent, and the logout goes on.
 */
async function patchVitalPart(client: Auth0Client, { target, patch, signal, refusal }: Refused): Promise<Applied> {
  const { app_metadata, user_metadata, blocked } = patch
  const block: UserPatch = blocked === undefined ? {} : { blocked }
  const flag: UserPatch = app_metadata === undefined ? {} : { app_metadata }
  if (user_metadata) {
    const isThere = await client.patchUser(target, { ...flag, ...block }, signal).catch(returnNullIfPermanent)
    if (isThere === false) return noUser
    if (isThere) return makeRemark(`The mirror in user_metadata of ${target} could not be written (${refusal}).`)
  }
  if (blocked !== undefined && !(await client.patchUser(target, block, signal))) return noUser
  return makeRemark(
    `The flag on ${target} could not be written (${refusal})${blocked === undefined ? '' : '; it was blocked without it'}. ` +
      'If the profile is full, make room in its metadata: the hub tries again.',
  )
}

function makeRemark(missing: string): Applied {
  return { note: missing, missing }
}

function returnNullIfPermanent(error: unknown): null {
  if (error instanceof PermanentError) return null
  throw error
}

/**
 * Ends sessions and refresh tokens. A logout is recorded after Auth0's 2xx alone. A tenant without the feature answers
 * 403 or 404: if the user is still there, the refresh tokens of the older device-credentials endpoint are deleted
 * instead. The note says what was achieved and what is left; sessions live until they expire.
 */
async function revokeAccess(client: Auth0Client, target: string, signal?: AbortSignal): Promise<Applied> {
  const answer = await client.revokeAccess(target, signal)
  if (answer === 'revoked') return
  if (answer === 'no_user') return noUser
  // A missing route says nothing about the user.
  if (answer.lacks === 'route' && (await client.getUser(target)) === null) return noUser
  const tokens = await client.deleteRefreshTokens(target, signal)
  const lack = answer.lacks === 'plan' ? 'Not on this plan' : 'This tenant has no such call'
  return { note: `${lack} (${answer.refused}). ${describeDeleted(tokens)}` }
}

function describeDeleted({ deleted, left, refused }: DeletedTokens): string {
  const { refresh_token: plain, rotating_refresh_token: rotating } = deleted
  return [
    `Deleted ${plain} refresh tokens and ${rotating} rotating ones instead.`,
    ...(left > 0 ? [`${left} are still listed.`] : []),
    ...(refused.length > 0 ? [`Not all could be looked at or deleted (${refused.join('; ')}).`] : []),
    'What is left: sessions were not ended, and live until they expire, as access tokens do.',
  ].join(' ')
}

function toUserPatch({ app_metadata, user_metadata, blocked }: z.output<typeof patchBody>): UserPatch {
  return { app_metadata, ...(user_metadata && { user_metadata }), ...(blocked !== undefined && { blocked }) }
}
