import { z } from 'zod'
import { type AccessMetadata, accessMetadata, isRecord } from '../../../src/index.ts'

const identity = z.object({
  provider: z.string().optional(),
  connection: z.string().optional(),
  user_id: z.union([z.string(), z.number()]).transform(String).optional(),
  profileData: z
    .object({ email: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

const auth0User = z.object({
  user_id: z.string(),
  email: z.string().optional().catch(undefined),
  blocked: z.boolean().default(false),
  identities: z.array(identity).default([]),
  app_metadata: z.record(z.string(), z.unknown()).default({}),
  user_metadata: z.record(z.string(), z.unknown()).default({}),
})

/** The fields of an Auth0 user that the connector reads. */
export type Auth0User = z.output<typeof auth0User>

export const auth0UserFields = Object.keys(auth0User.shape).join(',')

/** Parses Auth0's answer. An unknown shape throws, because a guess could lock out the wrong person. */
export function parseUser(answer: unknown): Auth0User {
  return auth0User.parse(answer)
}

/** Reads the hub's object on a user. `foreign`: the value under its key was not written by the hub. */
export function readHubObject(user: Auth0User, key: string): { object?: AccessMetadata; foreign: boolean } {
  const value = user.app_metadata[key]
  if (value === undefined || value === null) return { foreign: false }
  const parsed = accessMetadata.safeParse(value)
  return parsed.success ? { object: parsed.data, foreign: false } : { foreign: true }
}

/**
 * Okta ids in the user's identities, the primary one first. An enterprise user's id is
 * `okta|<connection>|<id at Okta>` (Auth0 community: "Enterprise connection user_id"); in `identities` it lacks the
 * first part, which stands in `provider`.
 */
export function oktaIdsOf(user: Auth0User): string[] {
  const ids = [user.user_id, ...user.identities.map(({ provider, user_id }) => `${provider}|${user_id}`)]
  const found = ids.map((id) => /^okta\|[^|]+\|([^|]+)$/.exec(id)?.[1]).filter((id) => id !== undefined)
  return [...new Set(found)]
}

/** Every e-mail of a user with the connection it comes from, lower-cased, linked secondary accounts included. */
export function emailsOf(user: Auth0User): { email: string; connection: string | undefined }[] {
  const primary = { email: user.email, connection: user.identities[0]?.connection }
  const linked = user.identities.map(({ profileData, connection }) => ({ email: profileData?.email, connection }))
  return [primary, ...linked].flatMap(({ email, connection }) =>
    email ? [{ email: email.toLowerCase(), connection }] : [],
  )
}

/** The object in user_metadata that the older Action reads; undefined if the value there is none. */
export function mirrorOf(user: Auth0User, key: string): Record<string, unknown> | undefined {
  const value = user.user_metadata[key]
  return isRecord(value) ? value : undefined
}
