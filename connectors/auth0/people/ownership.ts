import { foldEmail, type Person, type PersonState } from '../../../src/index.ts'
import { type Auth0User, emailsOf, readHubObject } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { isNameOf, listOktaOwners, listSamlNames } from './okta-identities.ts'

/** Whose an Auth0 user is. An e-mail never decides it: it is an observation, not an identity. */
type Ownership =
  | { kind: 'mine' }
  | { kind: 'another'; owner: string }
  | { kind: 'several'; owners: string[] }
  | { kind: 'none' }

/**
 * Finds the owner of an Auth0 user: an operator's adoption decides first, then the id in the hub's object, then the
 * user's identities in the connections that the operator named as Okta's. A user that links the identities of two Okta
 * people has no single owner until the hub's object names one.
 */
export function ownershipOf(user: Auth0User, person: Person, config: Auth0Config): Ownership {
  if (person.adopted.includes(user.user_id)) return { kind: 'mine' }
  const named = readHubObject(user, config.AUTH0_METADATA_KEY).object?.id
  const owners = named === undefined ? listOktaOwners(user, person, config) : [named]
  const [owner] = owners
  if (owner === undefined) return { kind: 'none' }
  if (owners.length > 1 && owners.includes(person.authorityId)) return { kind: 'several', owners }
  return owner === person.authorityId ? { kind: 'mine' } : { kind: 'another', owner }
}

/**
 * The e-mails that a user has in common with the person, as far as the settings let an e-mail count, and the SAML names
 * that are an e-mail of the person's. They are compared here again, because a search result may be older than the user.
 */
export function sharedEmails(user: Auth0User, person: Pick<Person, 'emails'>, config: Auth0Config): string[] {
  const known = new Set(person.emails.map(foldEmail))
  const { AUTH0_CONNECTIONS: connections } = config
  const shared = emailsOf(user).filter(
    ({ email, connection }) =>
      known.has(email) &&
      (connections.length === 0 || (connection !== undefined && connections.includes(connection))) &&
      isInEmailDomains(email, config),
  )
  const samlNames = listSamlNames(user, config).map(foldEmail)
  return [...new Set([...shared.map(({ email }) => email), ...samlNames.filter((name) => known.has(name))])]
}

/** Whether the settings let this e-mail lead to a user. */
export function isInEmailDomains(email: string, { AUTH0_EMAIL_DOMAINS: domains }: Auth0Config): boolean {
  return domains.length === 0 || domains.includes(foldEmail(email.slice(email.lastIndexOf('@') + 1)))
}

/** Asks the authority who else has one of these e-mails; returns the id of the first person for whom `counts` is true. */
export async function findOtherHolder(
  person: Person,
  emails: Iterable<string>,
  counts: (other: PersonState) => boolean,
): Promise<string | undefined> {
  for (const email of new Set([...emails].map(foldEmail))) {
    const others = await person.othersHolding(email)
    const found = others.find(counts)
    if (found) return found.authorityId
  }
  return undefined
}

/** An Okta id with one of these statuses becomes active again only by an administrator's action at Okta. */
const departed = new Set(['gone', 'DEPROVISIONED'])

/**
 * Whether a user that the hub denied for another Okta id belongs to this person, who was re-hired under a new id. All
 * of this must hold: the setting allows it; an e-mail of the user is the person's now, and of no other person who may
 * log in; Okta says for certain that the old id is gone; no identity of a third Okta id is linked, through which
 * another person could log in.
 */
export async function isRehire(user: Auth0User, person: Person, config: Auth0Config): Promise<boolean> {
  if (!config.AUTH0_ADOPT_REHIRES || person.state.access !== 'allow') return false
  const { object } = readHubObject(user, config.AUTH0_METADATA_KEY)
  if (!object?.deactivated || listOktaOwners(user, person, config).some((id) => id !== person.authorityId)) return false
  if (listSamlNames(user, config).some((name) => !isNameOf(name, person))) return false

  const emails = sharedEmails(user, { emails: person.state.emails }, config)
  if (emails.length === 0) return false
  if (await findOtherHolder(person, emails, ({ access }) => access === 'allow')) return false
  const before = await person.stateOfOther(object.id)
  return before !== null && departed.has(before.status)
}
