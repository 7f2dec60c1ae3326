import { z } from 'zod'
import type { Applied, ApplyContext, Change } from '../../../src/index.ts'
import { PermanentError } from '../../../src/index.ts'
import type { Auth0Client, UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'

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

async function patchUser(client: Auth0Client, { target, after }: Change, signal?: AbortSignal): Promise<Applied> {
  const patch = patchBody.safeParse(after)
  if (!patch.success) throw new PermanentError(`Refused to send ${target} a patch that could wipe its metadata`)
  const isThere = await client.patchUser(target, toUserPatch(patch.data), signal)
  if (!isThere) return { note: 'Auth0 has no such user any more' }
}

/**
 * Ends sessions and refresh tokens. A logout is recorded after Auth0's 2xx alone. Where the tenant's plan has no session
 * API, the refresh tokens of the older device-credentials endpoint are deleted instead: then the note says what was
 * achieved, and sessions live until they expire.
 */
async function revokeAccess(client: Auth0Client, target: string, signal?: AbortSignal): Promise<Applied> {
  const answer = await client.revokeAccess(target, signal)
  if (answer === 'revoked') return
  if (answer === 'no_user') return { note: 'Auth0 has no such user any more' }
  return { note: `Not on this plan (${answer.refused}). ${await deleteRefreshTokens(client, target)}` }
}

async function deleteRefreshTokens(client: Auth0Client, target: string): Promise<string> {
  const deleted = await client.deleteRefreshTokens(target)
  if (typeof deleted === 'number') return `Deleted ${deleted} refresh tokens instead; sessions were not ended.`
  return `Refresh tokens could not be deleted either (${deleted.refused}); sessions were not ended.`
}

function toUserPatch({ app_metadata, user_metadata, blocked }: z.output<typeof patchBody>): UserPatch {
  return { app_metadata, ...(user_metadata && { user_metadata }), ...(blocked !== undefined && { blocked }) }
}
