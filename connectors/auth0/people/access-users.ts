import type { Person } from '../../../src/index.ts'
import { type Auth0User, emailsOf, readHubObject } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { findUsersByEmail, findUsersToDeny } from './find-users.ts'
import { listUnnamedConnections } from './okta-identities.ts'
import { findOtherHolder, ownershipOf, sharedEmails } from './ownership.ts'
import type { Unseen } from './run-all.ts'

/** The users whose access is given, taken or looked at. */
type AccessUsers = {
  users: Auth0User[]
  /** Ids of users that were found and do not count, each with the reason. */
  leftOut: string[]
  /** Those of them that the person was known by: what the hub gave may be there. */
  lost: Auth0User[]
  /** Some user that the person was known by is gone, as Auth0 itself says. */
  isGone: boolean
  unseen: Unseen[]
}

type Search = { client: Auth0Client; config: Auth0Config; signal: AbortSignal }

/**
 * Finds the users to whom access is given: those who are the person's own by id or by link, and who may log in. A user
 * found by e-mail alone may be another person's. It gets nothing until an operator adopts it for the person.
 */
export async function findUsersToGrant(person: Person, search: Search): Promise<AccessUsers> {
  return siftUsers(person, search, (user) => findReasonNotToGrant(user, person, search.config))
}

/**
 * Finds the users from whom access is taken, or whose access is looked at. The rules are those of a lockout: a user
 * found by e-mail alone counts if the authority knows no other person with that e-mail who may log in. Without a person
 * (the authority does not know the e-mail), every user with exactly this e-mail counts.
 */
export async function findUsersToRevoke(
  subject: { person: Person | null; email: string },
  search: Search,
): Promise<AccessUsers> {
  const { person, email } = subject
  if (person) return siftUsers(person, search, (user) => findReasonNotToRevoke(user, person, search.config))
  const { users, unseen } = await findUsersByEmail(email, search)
  return {
    users: users.filter((user) => sharedEmails(user, { emails: [email] }, search.config).length > 0),
    leftOut: [],
    lost: [],
    isGone: false,
    unseen,
  }
}

async function siftUsers(
  person: Person,
  search: Search,
  findReason: (user: Auth0User) => Promise<string | undefined>,
): Promise<AccessUsers> {
  const { users: found, goneIds, unseen } = await findUsersToDeny({ ...search, person })
  const users: Auth0User[] = []
  const leftOut: string[] = []
  const lost: Auth0User[] = []
  for (const user of found) {
    const reason = await findReason(user)
    if (reason === undefined) users.push(user)
    else leftOut.push(`${user.user_id} ${reason}`)
    if (reason !== undefined && person.links.includes(user.user_id)) lost.push(user)
  }
  return { users, leftOut, lost, isGone: goneIds.some((id) => person.links.includes(id)), unseen }
}

async function findReasonNotToGrant(user: Auth0User, person: Person, config: Auth0Config): Promise<string | undefined> {
  const ownership = ownershipOf(user, person, config)
  if (ownership.kind === 'another') return `belongs to ${ownership.owner}`
  if (ownership.kind === 'several') return `links the identities of ${ownership.owners.join(' and ')}`
  if (ownership.kind === 'none') {
    if (!person.links.includes(user.user_id)) return describeFoundByEmail(user, config)
    // Stricter than a lockout, where `allow` alone counts: a person whose status is undecided today may log in with
    // this e-mail tomorrow, and must not find the access there.
    const emails = emailsOf(user).map(({ email }) => email)
    const holder = await findOtherHolder(person, emails, ({ access }) => access !== 'deny')
    if (holder) return `shares its e-mail with ${holder}`
  }
  if (readHubObject(user, config.AUTH0_METADATA_KEY).object?.deactivated) return 'is deactivated'
  return user.blocked ? 'is blocked' : undefined
}

function describeFoundByEmail(user: Auth0User, config: Auth0Config): string {
  const [connection] = listUnnamedConnections(user, config)
  if (connection === undefined) return 'was found by e-mail alone'
  return `was found by e-mail alone; if Okta feeds the connection ${connection}, naming it in AUTH0_OKTA_CONNECTIONS makes it proof enough`
}

async function findReasonNotToRevoke(
  user: Auth0User,
  person: Person,
  config: Auth0Config,
): Promise<string | undefined> {
  const ownership = ownershipOf(user, person, config)
  if (ownership.kind === 'another') return `belongs to ${ownership.owner}`
  if (ownership.kind === 'several') return `links the identities of ${ownership.owners.join(' and ')}`
  if (ownership.kind === 'mine') return undefined
  const shared = sharedEmails(user, person, config)
  if (shared.length === 0 && !person.links.includes(user.user_id)) return 'has no e-mail of this person'
  const emails = user.email ? [...shared, user.email] : shared
  const holder = await findOtherHolder(person, emails, ({ access }) => access === 'allow')
  return holder && `shares its e-mail with ${holder}, who may log in`
}
