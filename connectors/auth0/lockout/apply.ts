import { z } from 'zod'
import type { Applied, ApplyContext, Change } from '../../../src/index.ts'
import { PermanentError } from '../../../src/index.ts'
import type { Auth0Client, UserPatch } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'

/** An empty metadata object would wipe everything (Auth0 docs: "Manage metadata with the Management API"). */
const filled = z.record(z.string(), z.unknown()).refine((object) => Object.keys(object).length > 0)

const patchBody = z.strictObject({
  app_metadata: filled.refine((object) => Object.values(object).every((value) => filled.safeParse(value).success)),
  user_metadata: filled.optional(),
  blocked: z.boolean().optional(),
})

type Apply = ApplyContext<Auth0Client, Auth0Config>

/**
 * Carries out one planned change, whole and from the plan alone: it reads nothing, so that doing it again after a
 * crash writes the same once more.
 */
export async function apply({
  change,
  client,
  signal,
}: Pick<Apply, 'change' | 'client'> & Partial<Pick<Apply, 'signal'>>): Promise<Applied> {
  switch (change.action) {
    case 'deny':
    case 'allow':
      return write(client, change, signal)
    case 'revoke_access':
      return revoke(client, change.target, signal)
    case 'look_again':
      throw new Error(change.summary)
    default:
      throw new PermanentError(`The auth0 connector has no action "${change.action}"`)
  }
}

async function write(client: Auth0Client, { target, after }: Change, signal?: AbortSignal): Promise<Applied> {
  const patch = patchBody.safeParse(after)
  if (!patch.success) throw new PermanentError(`Refused to send ${target} a patch that could wipe its metadata`)
  const isThere = await client.patchUser(target, withoutUndefined(patch.data), signal)
  if (!isThere) return { note: 'Auth0 has no such user any more' }
}

/**
 * "Logged out" is claimed on Auth0's 2xx alone. A plan without the session API still lists refresh tokens at the older
 * device-credentials endpoint; what that achieved is said in the note, and sessions then live until they expire.
 */
async function revoke(client: Auth0Client, target: string, signal?: AbortSignal): Promise<Applied> {
  const answer = await client.revokeAccess(target, signal)
  if (answer === 'revoked') return
  if (answer === 'no_user') return { note: 'Auth0 has no such user any more' }
  return { note: `Not on this plan (${answer.refused}). ${await fallback(client, target)}` }
}

async function fallback(client: Auth0Client, target: string): Promise<string> {
  const deleted = await client.deleteRefreshTokens(target)
  if (typeof deleted === 'number') return `Deleted ${deleted} refresh tokens instead; sessions were not ended.`
  return `Refresh tokens could not be deleted either (${deleted.refused}); sessions were not ended.`
}

function withoutUndefined({ app_metadata, user_metadata, blocked }: z.output<typeof patchBody>): UserPatch {
  return { app_metadata, ...(user_metadata && { user_metadata }), ...(blocked !== undefined && { blocked }) }
}
