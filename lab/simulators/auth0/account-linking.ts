import type { JsonObject } from '../values.ts'
import { Auth0Fault } from './errors.ts'
import { type Auth0Identity, type Auth0User, createAuth0User } from './user.ts'

/** A linked account as the API names it; the id may come with or without the provider before it. */
export type SecondaryAccount = { provider: string; user_id: string }

export function joinAccountId({ provider, user_id: id }: SecondaryAccount): string {
  return id.startsWith(`${provider}|`) ? id : `${provider}|${id}`
}

/** Takes one user into another: its identities move over, its metadata is lost (Auth0 docs: user account linking). */
export function linkAccounts(primary: Auth0User, secondary: Auth0User): { primary: Auth0User; absorbed: Auth0User } {
  if (primary.user_id === secondary.user_id) {
    throw new Auth0Fault(400, 'Main account and secondary account must be different.', 'invalid_body')
  }
  const added = secondary.identities.map((identity) => ({ ...identity, profileData: profileData(secondary) }))
  return { primary: { ...primary, identities: [...primary.identities, ...added] }, absorbed: secondary }
}

/** Takes a linked account out again: it comes back as a user of its own, without metadata. */
export function unlinkAccount(
  primary: Auth0User,
  secondary: SecondaryAccount,
): { primary: Auth0User; restored: Auth0User } {
  const linked = primary.identities.slice(1).find((identity) => joinAccountId(identity) === joinAccountId(secondary))
  if (!linked) throw new Auth0Fault(400, 'The identity is not linked to the user.', 'invalid_uri')
  const identities = primary.identities.filter((identity) => identity !== linked)
  return { primary: { ...primary, identities }, restored: restoreUser(linked) }
}

function profileData({ email, email_verified: verified, name }: Auth0User): JsonObject {
  return { ...(email === undefined ? {} : { email }), email_verified: verified, name }
}

function restoreUser({ profileData: profile = {}, ...identity }: Auth0Identity): Auth0User {
  const email = typeof profile.email === 'string' ? profile.email : undefined
  const connection = { name: identity.connection, strategy: identity.provider }
  const user = createAuth0User(
    { connection: identity.connection, ...(email === undefined ? {} : { email }) },
    connection,
  )
  return { ...user, user_id: joinAccountId(identity), identities: [identity] }
}
