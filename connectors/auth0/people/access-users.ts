import type { Person } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { emailsOf, hubObject } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { findUsersByEmail, findUsersToDeny, type Unseen } from './find-users.ts'
import { otherHolder, ownershipOf, sharedEmails } from './ownership.ts'

export type OwnUsers = {
  users: Auth0User[]
  /** Why users that were found do not count. */
  leftOut: string[]
  unseen: Unseen[]
}

type Search = { client: Auth0Client; config: Auth0Config; signal: AbortSignal }

/**
 * Whom access is given to: users that are the person's own by id or by link, and who may log in. A user found by
 * e-mail alone may be somebody else's, and gets nothing until an operator adopts it for the person.
 */
export async function usersToGrant(person: Person, search: Search): Promise<OwnUsers> {
  return sift(person, search, (user) => whyNotGrant(user, person, search.config))
}

/**
 * Whom access is taken from, or looked at: by the rules of a lockout, so that users found by e-mail alone count if
 * the authority knows nobody else with that e-mail who may log in.
 */
export async function usersToRevoke(
  subject: { person: Person | null; email: string },
  search: Search,
): Promise<OwnUsers> {
  const { person, email } = subject
  if (person) return sift(person, search, (user) => whyNotRevoke(user, person, search.config))
  const { users, unseen } = await findUsersByEmail(email, search)
  // A search is not a proof: the e-mail itself is compared again.
  return {
    users: users.filter((user) => sharedEmails(user, { emails: [email] }, search.config).length > 0),
    leftOut: [],
    unseen,
  }
}

async function sift(
  person: Person,
  search: Search,
  whyNot: (user: Auth0User) => Promise<string | undefined>,
): Promise<OwnUsers> {
  const { users: found, unseen } = await findUsersToDeny({ ...search, person })
  const users: Auth0User[] = []
  const leftOut: string[] = []
  for (const user of found) {
    const reason = await whyNot(user)
    if (reason === undefined) users.push(user)
    else leftOut.push(`${user.user_id} ${reason}`)
  }
  return { users, leftOut, unseen }
}

async function whyNotGrant(user: Auth0User, person: Person, config: Auth0Config): Promise<string | undefined> {
  const ownership = ownershipOf(user, person, config.AUTH0_METADATA_KEY)
  if (ownership.kind === 'another') return `belongs to ${ownership.owner}`
  if (ownership.kind === 'several') return `links the identities of ${ownership.owners.join(' and ')}`
  if (ownership.kind === 'nobody') {
    if (!person.links.includes(user.user_id)) return 'was found by e-mail alone'
    // Stricter than for a lockout: whoever may come to log in under this e-mail must not find the access there.
    const emails = emailsOf(user).map(({ email }) => email)
    const holder = await otherHolder(person, emails, ({ access }) => access !== 'deny')
    if (holder) return `shares its e-mail with ${holder}`
  }
  if (hubObject(user, config.AUTH0_METADATA_KEY).object?.deactivated) return 'is deactivated'
  return user.blocked ? 'is blocked' : undefined
}

async function whyNotRevoke(user: Auth0User, person: Person, config: Auth0Config): Promise<string | undefined> {
  const ownership = ownershipOf(user, person, config.AUTH0_METADATA_KEY)
  if (ownership.kind === 'another') return `belongs to ${ownership.owner}`
  if (ownership.kind === 'several') return `links the identities of ${ownership.owners.join(' and ')}`
  if (ownership.kind === 'mine') return undefined
  const shared = sharedEmails(user, person, config)
  if (shared.length === 0 && !person.links.includes(user.user_id)) return 'has no e-mail of this person'
  const holder = await otherHolder(
    person,
    [...shared, ...(user.email ? [user.email] : [])],
    ({ access }) => access === 'allow',
  )
  return holder && `shares its e-mail with ${holder}, who may log in`
}
