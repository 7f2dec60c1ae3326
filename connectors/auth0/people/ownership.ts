import type { Person, PersonState } from '../../../src/index.ts'
import { type Auth0User, emailsOf, hubObject, oktaIdsOf } from '../tenant/auth0-user.ts'
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

/** The authority's id of somebody else who has one of these e-mails, as the authority says now, and whom `which` picks. */
export async function otherHolder(
  person: Person,
  emails: Iterable<string>,
  which: (other: PersonState) => boolean,
): Promise<string | undefined> {
  for (const email of new Set([...emails].map((each) => each.toLowerCase()))) {
    const others = await person.othersHolding(email)
    const found = others.find(which)
    if (found) return found.authorityId
  }
  return undefined
}

/** Nobody comes back under an id in one of these without an administrator's deed at Okta. */
const departed = new Set(['gone', 'DEPROVISIONED'])

/**
 * Whether the user, shut by another Okta id, is this person's under an id of before: the setting asks for it, the
 * e-mail is theirs now and nobody else's who may log in, Okta says for certain that the other id has left, and no
 * identity of another Okta id is in the user, which could still come in through it.
 */
export async function isRehire(user: Auth0User, person: Person, config: Auth0Config): Promise<boolean> {
  if (!config.AUTH0_ADOPT_REHIRES || person.state.access !== 'allow') return false
  const { object } = hubObject(user, config.AUTH0_METADATA_KEY)
  if (!object?.deactivated || oktaIdsOf(user).some((id) => id !== person.authorityId)) return false

  const emails = sharedEmails(user, { ...person, emails: person.state.emails }, config)
  if (emails.length === 0) return false
  for (const email of emails) {
    const others = await person.othersHolding(email)
    if (others.some(({ access }) => access === 'allow')) return false
  }
  const before = await person.stateOfOther(object.id)
  return before !== null && departed.has(before.status)
}
