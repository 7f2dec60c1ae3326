import { z } from 'zod'
import { type AccessMetadata, accessMetadata, foldEmail, isRecord } from '../../../src/index.ts'

/** What decides nothing if it is missing: null and any foreign shape are read as absent. */
const text = z.string().optional().catch(undefined)

const identity = z.object({
  provider: text,
  connection: text,
  user_id: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
  profileData: z.object({ email: text }).optional().catch(undefined),
})

const metadata = z.record(z.string(), z.unknown()).catch({})

const auth0User = z.object({
  user_id: z.string().min(1),
  email: text,
  created_at: text,
  blocked: z
    .boolean()
    .nullish()
    .transform((blocked) => blocked ?? false),
  // One odd element must not hide the others, through which a person can log in.
  identities: z
    .array(z.unknown())
    .nullish()
    .transform((list) => (list ?? []).flatMap((one) => identity.safeParse(one).data ?? [])),
  app_metadata: metadata,
  user_metadata: metadata,
})

/** The fields of an Auth0 user that the connector reads. */
export type Auth0User = z.output<typeof auth0User>

export const auth0UserFields = Object.keys(auth0User.shape).join(',')

/**
 * Parses Auth0's answer. Without an id, with `blocked` or `identities` of an unknown shape it throws, because a guess
 * could lock out the wrong person. It does not throw the parser's error, because the hub takes that for a permanent one.
 */
export function parseUser(answer: unknown): Auth0User {
  const { data, error } = auth0User.safeParse(answer)
  if (data) return data
  const fields = [...new Set(error.issues.map(({ path }) => String(path[0] ?? 'all of it')))].join(', ')
  throw new Error(`Auth0 answered something other than a user (${fields})`)
}

/** Reads the hub's object on a user. `foreign`: the value under its key was not written by the hub. */
export function readHubObject(user: Auth0User, key: string): { object?: AccessMetadata; foreign: boolean } {
  const value = user.app_metadata[key]
  if (value === undefined || value === null) return { foreign: false }
  const parsed = accessMetadata.safeParse(value)
  return parsed.success ? { object: parsed.data, foreign: false } : { foreign: true }
}

/** Every e-mail of a user, folded, with the connection it comes from, linked secondary accounts included. */
export function emailsOf(user: Auth0User): { email: string; connection: string | undefined }[] {
  const primary = { email: user.email, connection: user.identities[0]?.connection }
  const linked = user.identities.map(({ profileData, connection }) => ({ email: profileData?.email, connection }))
  return [primary, ...linked].flatMap(({ email, connection }) =>
    email ? [{ email: foldEmail(email), connection }] : [],
  )
}

/** The object in user_metadata that the older Action reads; undefined if the value there is none. */
export function mirrorOf(user: Auth0User, key: string): Record<string, unknown> | undefined {
  const value = user.user_metadata[key]
  return isRecord(value) ? value : undefined
}
