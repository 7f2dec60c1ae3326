import type { Person } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { emailsOf, hubObject, oktaIdsOf } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'

/** Whose an Auth0 user is. An e-mail alone never decides: it is an observation, not an identity. */
export type Ownership =
  | { kind: 'mine' }
  | { kind: 'another'; owner: string }
  | { kind: 'several'; owners: string[] }
  | { kind: 'nobody' }

/**
 * The owner is named by the hub's own object, else by the Okta id inside the enterprise identities. A user that links
 * the identities of two Okta people belongs to neither until the object says so.
 * An operator's adoption goes before both.
 */
export function ownershipOf(user: Auth0User, person: Person, key: string): Ownership {
  if (person.adopted.includes(user.user_id)) return { kind: 'mine' }
  const named = hubObject(user, key).object?.id
  const owners = named === undefined ? oktaIdsOf(user) : [named]
  const [owner] = owners
  if (owner === undefined) return { kind: 'nobody' }
  if (owners.length > 1 && owners.includes(person.authorityId)) return { kind: 'several', owners }
  return owner === person.authorityId ? { kind: 'mine' } : { kind: 'another', owner }
}

/** The person's e-mails on this user, compared again (a search is not a proof) and within the configured bounds. */
export function sharedEmails(user: Auth0User, person: Pick<Person, 'emails'>, config: Auth0Config): string[] {
  const known = new Set(person.emails.map((email) => email.toLowerCase()))
  const { AUTH0_CONNECTIONS: connections, AUTH0_EMAIL_DOMAINS: domains } = config
  const shared = emailsOf(user).filter(
    ({ email, connection }) =>
      known.has(email) &&
      (connections.length === 0 || (connection !== undefined && connections.includes(connection))) &&
      (domains.length === 0 || domains.includes(email.slice(email.lastIndexOf('@') + 1))),
  )
  return [...new Set(shared.map(({ email }) => email))]
}
