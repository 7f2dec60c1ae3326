import { foldEmail, type Person } from '../../../src/index.ts'
import { type Auth0User, emailsOf } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'
import {
  type Found,
  findKnownUsers,
  findUsersToDeny,
  readIdentityHolders,
  type Search,
  uniqueUsers,
} from './find-users.ts'
import { sharedEmails } from './ownership.ts'
import { bothOf } from './run-all.ts'

/**
 * Finds the users of a person whose lockout was done: those that are known, or with `search` all that a first lockout
 * would find. A linked user who is gone may have become an identity of another user, so that we look for who holds it.
 */
export async function findUsersAgain(search: Search, look: 'ids' | 'search'): Promise<Found> {
  const { links, formerLinks = [] } = search.person
  // A former link is searched for with each search: the index may have lagged when it was gone first.
  const former = look === 'search' ? formerLinks : []
  const [found, formerHolders] = await bothOf(
    look === 'search' ? findUsersToDeny(search) : findKnownUsers(search),
    readIdentityHolders(search, former),
  )
  const gone = found.goneIds.filter((id) => links.includes(id) && !former.includes(id))
  const holders = await readIdentityHolders(search, gone)
  const known = new Set(found.users.map(({ user_id }) => user_id))
  const others = uniqueUsers([...formerHolders.users, ...holders.users]).filter(({ user_id }) => !known.has(user_id))
  return {
    users: [...found.users, ...others],
    goneIds: found.goneIds,
    unseen: [...found.unseen, ...formerHolders.unseen, ...holders.unseen],
  }
}

/** Whether the user, or an identity of it, was this person's user in an earlier run. */
export function isLinked(user: Auth0User, { links, formerLinks = [] }: Person): boolean {
  return (
    links.includes(user.user_id) ||
    formerLinks.includes(user.user_id) ||
    holdsLinkedIdentity(user, { links, formerLinks })
  )
}

/** Whether an account that was this person's user became a further identity of this user. */
function holdsLinkedIdentity(
  { user_id: id, identities }: Auth0User,
  person: Pick<Person, 'links' | 'formerLinks'>,
): boolean {
  const { links, formerLinks = [] } = person
  const others = identities.map(({ provider, user_id }) => `${provider}|${user_id}`).filter((other) => other !== id)
  return others.some((other) => links.includes(other) || formerLinks.includes(other))
}

/**
 * Why a user without an owner is not locked out by a verification: the person may be a customer by now. Undefined: it is
 * locked out, because the operator named the connection or the domain of its e-mail, or because the hub had linked it to
 * the person and it is no newer than the leaving.
 */
export function findDoubt(user: Auth0User, person: Person, config: Auth0Config): string | undefined {
  if (isNamed(user, person, config)) return undefined
  if (holdsLinkedIdentity(user, person)) return undefined
  const isNewer = isMadeAfterLeaving(user, person)
  if (isLinked(user, person) && !isNewer) return undefined
  const known = new Set(person.emails.map(foldEmail))
  if (!isLinked(user, person) && !emailsOf(user).some(({ email }) => known.has(email))) return undefined
  const made = isNewer ? `was made after ${person.authorityId} left` : 'was found by e-mail alone'
  return `${made}, outside the connections and e-mail domains of the settings: locked out by nobody`
}

/** Whether an e-mail that the user shares with the person comes from a connection, or a domain, that the operator named. */
function isNamed(user: Auth0User, person: Person, config: Auth0Config): boolean {
  const { AUTH0_CONNECTIONS: connections, AUTH0_EMAIL_DOMAINS: domains, AUTH0_OKTA_CONNECTIONS: okta } = config
  if (connections.length + domains.length > 0 && sharedEmails(user, person, config).length > 0) return true
  const known = new Set(person.emails.map(foldEmail))
  return emailsOf(user).some(
    ({ email, connection }) => known.has(email) && connection !== undefined && okta.includes(connection),
  )
}

function isMadeAfterLeaving({ created_at }: Auth0User, { state }: Person): boolean {
  if (created_at === undefined || state.statusChangedAt === null) return false
  return Date.parse(created_at) > Date.parse(state.statusChangedAt)
}
